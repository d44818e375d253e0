import { z } from 'zod';
import { LedgerMismatchError } from '../errors/errors.ts';
import {
  copyCloud,
  type ImageRequest,
  type Manifest,
  type ManifestImage,
} from '../image/image-request.ts';
import { type ImportKey, importKey } from '../image/import-key.ts';
import { changeMembers, fixedFields } from '../image/more-members.ts';
import { retentionRows } from '../image/retention.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { Status } from '../state/import-state.ts';
import { STATUSES } from '../state/machine.ts';
import { imagesInIndex } from './image-owners.ts';
import { canonicalRequest, differences } from './ledger-entry.ts';
import { LEDGER_SCHEMA, type LedgerKeys } from './ledger-keys.ts';
import { luaFile, runScriptForAll } from './scripts.ts';
import { SharingStore } from './sharing-store.ts';

/** Images that one run of the script registers: Redis is blocked for about a millisecond. */
const IN_ONE_CALL = 100;

/** State, attempt, queued, stored request where it differs, stored priority. */
const foundSchema = z.tuple([z.enum(STATUSES), z.number(), z.number(), z.string(), z.string()]);
/** `lost`: the ledger had it; what was seen of it has to be read first. */
const answerSchema = z.union([z.enum(['new', 'lost']), foundSchema]);
const REGISTER = luaFile('register.lua').script('register', z.array(answerSchema));

type Answer = z.infer<typeof answerSchema>;

/** What registering found: `new`, or the state that it is in. */
export interface Registered {
  readonly key: ImportKey;
  readonly name: string;
  /** The cloud that a copy goes to, unless that is the own one. */
  readonly copyTo?: string;
  readonly kind: 'new' | Status;
  readonly attempt: number;
  readonly queued: number;
  /** Of the manifest. */
  readonly priority?: number;
  /** True when the ledger holds another priority. */
  readonly isReordered: boolean;
  /** Field names that differ from what the ledger holds. */
  readonly differs: readonly string[];
  /** Its image is there, and is being shared with other projects. */
  readonly isShared: boolean;
  /** Projects that have the image, and that the manifest no longer names. */
  readonly keptMembers: readonly string[];
}

/** Where images are registered. */
export interface Registering {
  readonly redis: RedisConnection;
  readonly keys: LedgerKeys;
  readonly batch: string;
  /** What it says of the batch as a whole replaces what was there; absent: that stays. */
  readonly manifest?: Pick<Manifest, 'notify' | 'retention'>;
  readonly now: number;
  readonly due: number;
}

interface Wanted {
  readonly key: ImportKey;
  readonly image: ManifestImage;
}

/** @throws LedgerMismatchError for what workers of an older version, which still write the ledger, would send wrongly */
export async function registerImages(
  into: Registering,
  images: readonly ManifestImage[],
): Promise<readonly Registered[]> {
  const news = images.flatMap(({ request }) => newFieldOf(request) ?? [])[0];
  if (news !== undefined) await refuseOlder(into, news);
  const all = images.map((image) => ({ key: importKey(image.request), image }));
  const answers = await register(into, all);
  const lost = all.filter((_, at) => answers[at] === 'lost');
  const restored = lost.length === 0 ? [] : await restore(into, lost);
  const byKey = new Map(lost.map(({ key }, at) => [key, restored[at]]));
  const found = all.map((one, at) => {
    const answer = answers[at] === 'lost' ? byKey.get(one.key) : answers[at];
    if (answer === undefined || answer === 'lost') throw new TypeError('Redis did not answer');
    return { ...one, answer };
  });
  const shared = await shareAgain(into, found);
  return found.map((one) => registered(one, shared.has(one.key)));
}

interface Found extends Wanted {
  readonly answer: Exclude<Answer, 'lost'>;
}

/**
 * Takes over projects that a manifest has more than the ledger, and begins again with those that could not be
 * reached. A process that is killed before this has changed nothing: the next submit does it. Returns the
 * imports for which there is something to do now.
 */
async function shareAgain(
  { redis, keys }: Registering,
  found: readonly Found[],
): Promise<ReadonlySet<ImportKey>> {
  const wanted = found.flatMap(({ key, image: { request }, answer }) => {
    // A pending import has taken the whole request; one that ended without an image gets it by its next attempt.
    if (answer === 'new' || !KEEPS_REQUEST.has(answer[0])) return [];
    const stored = storedIn(answer);
    const changed = stored && changeMembers(stored, request).request;
    if (changed) return [{ key, request: { from: answer[3], to: canonicalRequest(changed) } }];
    const isThere = answer[0] === 'succeeded' && (request.members ?? []).length > 0;
    return isThere ? [{ key }] : [];
  });
  if (wanted.length === 0) return new Set();
  const answers = await new SharingStore(redis, keys).want(wanted);
  return new Set(wanted.filter((_, at) => answers[at]?.[1]).map(({ key }) => key));
}

const KEEPS_REQUEST: ReadonlySet<Status> = new Set([
  ...(['submitting', 'creating', 'unknown', 'succeeded'] as const),
]);

/** The stored request, where it is another one. */
function storedIn([, , , text]: Exclude<Answer, 'lost' | 'new'>): ImageRequest | undefined {
  return text === '' ? undefined : requestSchema.parse(JSON.parse(text));
}

const requestSchema = z.custom<ImageRequest>(
  (value) => typeof value === 'object' && value !== null,
);

/** Older workers know no copies, and send every other field to IMS. */
function newFieldOf({ kind, members, accept_as }: ImageRequest): string | undefined {
  if (kind === 'copy') return 'copies:';
  return members !== undefined || accept_as !== undefined ? 'members:' : undefined;
}

/** A ledger that no worker has written yet is older workers' no more. */
async function refuseOlder({ redis, keys: { meta } }: Registering, field: string): Promise<void> {
  await redis.hsetnx(meta, 'schema', LEDGER_SCHEMA);
  const schema = Number(await redis.hget(meta, 'schema'));
  if (schema >= LEDGER_SCHEMA) return;
  throw new LedgerMismatchError(
    `The ledger in Redis has schema ${schema}, and ${field} needs ${LEDGER_SCHEMA}: no worker of this version has run on it yet.`,
    'Start a worker of this version (ims-ferry work or up), then submit again.',
  );
}

/** The index may still know which images they had: nothing is created beside those. */
async function restore(into: Registering, lost: readonly Wanted[]): Promise<readonly Answer[]> {
  const of = new Set(lost.map(({ key }) => key));
  return register(into, lost, await imagesInIndex(into.redis, into.keys, of));
}

async function register(
  { redis, keys, batch, manifest, now, due }: Registering,
  all: readonly Wanted[],
  seen?: Readonly<Record<ImportKey, readonly string[]>>,
): Promise<readonly Answer[]> {
  const times = { now: String(now), due: String(due) };
  const shared = {
    prefix: keys.prefix,
    batch,
    ...times,
    seen,
    ...(manifest && toFields(manifest)),
  };
  const calls = Array.from({ length: Math.ceil(all.length / IN_ONE_CALL) }, (_, call) => {
    const page = all.slice(call * IN_ONE_CALL, (call + 1) * IN_ONE_CALL);
    const images = page.map(({ key, image: { request, priority, file } }) => ({
      key,
      request: canonicalRequest(request),
      priority: String(priority ?? ''),
      ...(file !== undefined && { file: JSON.stringify(file) }),
      ...(request.kind === 'copy' && { source: request.source }),
    }));
    return { key: keys.batch(batch), arg: { ...shared, images } };
  });
  return (await runScriptForAll(redis, REGISTER, calls)).flat();
}

/** As fields of the batch; empty ones are removed. */
function toFields({ notify = '', retention = [] }: Pick<Manifest, 'notify' | 'retention'>) {
  const rules = retention.length === 0 ? '' : JSON.stringify(retentionRows(retention));
  return { notify, retention: rules };
}

function registered({ key, image, answer }: Found, isShared: boolean): Registered {
  const { request, priority } = image;
  const copyTo = copyCloud(request);
  const wanted = { key, name: request.name, isShared, ...omitUndefined({ priority, copyTo }) };
  const same = { isReordered: false, differs: [], keptMembers: [] };
  if (answer === 'new') return { ...wanted, kind: 'new', attempt: 1, queued: 0, ...same };
  const [kind, attempt, queued, , priorityThere] = answer;
  const isReordered = priorityThere !== String(priority ?? '');
  const stored = storedIn(answer);
  const names = stored ? differences(stored, request) : [];
  const isTakenOver = KEEPS_REQUEST.has(kind);
  const differs = isTakenOver ? fixedFields(names) : names;
  const keptMembers = stored && isTakenOver ? changeMembers(stored, request).kept : [];
  return { ...wanted, kind, attempt, queued, isReordered, differs, keptMembers };
}
