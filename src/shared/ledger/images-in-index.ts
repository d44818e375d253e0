import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { OWNER_HASHES } from './scripts/prelude.ts';

/** Hashes that are read at once: a million images are a thousand in each. */
const PAGE = 16;

/**
 * All images that the index has under these keys. Reads the whole index, bit by bit: only for imports that
 * the ledger has lost, for which nothing new is entered meanwhile.
 */
export async function imagesInIndex(
  redis: RedisConnection,
  { owners }: LedgerKeys,
  of: ReadonlySet<ImportKey>,
): Promise<Readonly<Record<ImportKey, readonly string[]>>> {
  const images: Record<ImportKey, string[]> = {};
  for (let from = 0; from < OWNER_HASHES; from += PAGE) {
    const pipeline = redis.pipeline();
    for (let n = from; n < from + PAGE; n += 1) pipeline.hgetall(owners(n));
    for (const [error, hash] of (await pipeline.exec()) ?? []) {
      // One of another type is put aside by the workers, who build the index again then.
      if (error && !error.message.startsWith('WRONGTYPE')) throw error;
      for (const [id, key] of error ? [] : Object.entries(hash as Record<string, string>)) {
        if (!of.has(key)) continue;
        images[key] ??= [];
        images[key].push(id);
      }
    }
  }
  return images;
}
