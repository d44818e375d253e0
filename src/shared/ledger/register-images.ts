import type { ManifestImage } from '../image/image-request.ts';
import { type ImportKey, importKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Status } from '../state/import-state.ts';
import type { Registered, RegisterOptions } from './batch-ledger.ts';
import { imagesInIndex } from './images-in-index.ts';
import { canonicalRequest } from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { differences } from './request-differences.ts';
import { runScriptForAll } from './run-script.ts';
import { REGISTER_SCRIPT } from './scripts/register-script.ts';

/** Images that one run of the script registers: Redis does nothing else for about a millisecond. */
const IN_ONE_CALL = 100;

interface Registering {
  readonly redis: RedisConnection;
  readonly keys: LedgerKeys;
  readonly batch: string;
  readonly options: RegisterOptions;
}

interface Wanted {
  readonly key: ImportKey;
  readonly image: ManifestImage;
}

/** What the script answers: word, attempt, queued, stored request where it differs, priority. */
type Found = 'new' | readonly [Status, number, number, string, string];
/** `lost`: the ledger had it; what was seen of it has to be read first. */
type Answer = Found | 'lost';

export async function registerImages(
  into: Registering,
  images: readonly ManifestImage[],
): Promise<readonly Registered[]> {
  const all = images.map((image) => ({ key: importKey(image.request), image }));
  const answers = await ask(into, all, '');
  const lost = all.filter((_, at) => answers[at] === 'lost');
  const restored = lost.length === 0 ? [] : await restore(into, lost);
  const byKey = new Map(lost.map(({ key }, at) => [key, restored[at]]));
  return all.map((one, at) => {
    const answer = answers[at] === 'lost' ? byKey.get(one.key) : answers[at];
    if (answer === undefined || answer === 'lost') throw new TypeError('Redis did not answer');
    return registered(one, answer);
  });
}

/** The index may still say which images they had: nothing is created beside those. */
async function restore(into: Registering, lost: readonly Wanted[]): Promise<readonly Answer[]> {
  const of = new Set(lost.map(({ key }) => key));
  const seen = await imagesInIndex(into.redis, into.keys, of);
  return ask(into, lost, JSON.stringify(seen));
}

async function ask(
  { redis, keys, batch, options }: Registering,
  all: readonly Wanted[],
  seen: string,
): Promise<readonly Answer[]> {
  const shared = [keys.prefix, batch, String(options.now), String(options.due), seen];
  const calls = Array.from({ length: Math.ceil(all.length / IN_ONE_CALL) }, (_, call) => {
    const page = all.slice(call * IN_ONE_CALL, (call + 1) * IN_ONE_CALL);
    const each = page.flatMap(({ key, image: { request, priority } }) => {
      return [key, canonicalRequest(request), String(priority ?? '')];
    });
    return { keys: [keys.batch(batch)], args: [...shared, ...each] };
  });
  const answers = await runScriptForAll(redis, REGISTER_SCRIPT, calls);
  return answers.flatMap((answer) => answer as Answer[]);
}

function registered({ key, image }: Wanted, answer: Found): Registered {
  const { request, priority } = image;
  const wanted = { key, name: request.name, ...(priority === undefined ? {} : { priority }) };
  if (answer === 'new') {
    return { ...wanted, kind: 'new', attempt: 1, queued: 0, isReordered: false, differs: [] };
  }
  const [kind, attempt, queued, old, stored] = answer;
  const isReordered = stored !== String(priority ?? '');
  const differs = old === '' ? [] : differences(JSON.parse(old) as object, request);
  return { ...wanted, kind, attempt, queued, isReordered, differs };
}
