import { z } from 'zod';
import type { ManifestImage } from '../image/image-request.ts';
import { type ImportKey, importKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { Status } from '../state/import-state.ts';
import { STATUSES } from '../state/machine.ts';
import { imagesInIndex } from './image-owners.ts';
import { canonicalRequest, differences } from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { luaFile, runScriptForAll } from './scripts.ts';

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
  readonly kind: 'new' | Status;
  readonly attempt: number;
  readonly queued: number;
  /** Of the manifest. */
  readonly priority?: number;
  /** True when the ledger holds another priority. */
  readonly isReordered: boolean;
  /** Field names that differ from what the ledger holds. */
  readonly differs: readonly string[];
}

/** Where images are registered. */
export interface Registering {
  readonly redis: RedisConnection;
  readonly keys: LedgerKeys;
  readonly batch: string;
  /** Whom to notify of the batch: a name of the workers' settings. */
  readonly notify?: string;
  readonly now: number;
  readonly due: number;
}

interface Wanted {
  readonly key: ImportKey;
  readonly image: ManifestImage;
}

export async function registerImages(
  into: Registering,
  images: readonly ManifestImage[],
): Promise<readonly Registered[]> {
  const all = images.map((image) => ({ key: importKey(image.request), image }));
  const answers = await register(into, all);
  const lost = all.filter((_, at) => answers[at] === 'lost');
  const restored = lost.length === 0 ? [] : await restore(into, lost);
  const byKey = new Map(lost.map(({ key }, at) => [key, restored[at]]));
  return all.map((one, at) => {
    const answer = answers[at] === 'lost' ? byKey.get(one.key) : answers[at];
    if (answer === undefined || answer === 'lost') throw new TypeError('Redis did not answer');
    return registered(one, answer);
  });
}

/** The index may still know which images they had: nothing is created beside those. */
async function restore(into: Registering, lost: readonly Wanted[]): Promise<readonly Answer[]> {
  const of = new Set(lost.map(({ key }) => key));
  return register(into, lost, await imagesInIndex(into.redis, into.keys, of));
}

async function register(
  { redis, keys, batch, notify, now, due }: Registering,
  all: readonly Wanted[],
  seen?: Readonly<Record<ImportKey, readonly string[]>>,
): Promise<readonly Answer[]> {
  const shared = { prefix: keys.prefix, batch, notify, now: String(now), due: String(due), seen };
  const calls = Array.from({ length: Math.ceil(all.length / IN_ONE_CALL) }, (_, call) => {
    const page = all.slice(call * IN_ONE_CALL, (call + 1) * IN_ONE_CALL);
    const images = page.map(({ key, image: { request, priority, file } }) => ({
      key,
      request: canonicalRequest(request),
      priority: String(priority ?? ''),
      ...(file !== undefined && { file: JSON.stringify(file) }),
    }));
    return { key: keys.batch(batch), arg: { ...shared, images } };
  });
  return (await runScriptForAll(redis, REGISTER, calls)).flat();
}

function registered({ key, image }: Wanted, answer: Exclude<Answer, 'lost'>): Registered {
  const { request, priority } = image;
  const wanted = { key, name: request.name, ...omitUndefined({ priority }) };
  if (answer === 'new') {
    return { ...wanted, kind: 'new', attempt: 1, queued: 0, isReordered: false, differs: [] };
  }
  const [kind, attempt, queued, old, stored] = answer;
  const isReordered = stored !== String(priority ?? '');
  const before: unknown = old === '' ? undefined : JSON.parse(old);
  const differs = typeof before === 'object' && before !== null ? differences(before, request) : [];
  return { ...wanted, kind, attempt, queued, isReordered, differs };
}
