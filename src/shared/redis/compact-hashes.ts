import { primariesOf, type RedisConnection } from './redis-connection.ts';

/**
 * Redis packs a small hash only while none of its values is longer than this; an import's request and
 * story are. The name is the one that 6.2 and everything newer know.
 */
export const COMPACT_HASHES = { name: 'hash-max-ziplist-value', bytes: 2048 } as const;

/** False where an import takes nearly twice the memory; `undefined` where Redis does not tell. */
export async function hasCompactHashes(redis: RedisConnection): Promise<boolean | undefined> {
  const answers = await Promise.all(
    primariesOf(redis).map(async (server) => {
      const answer: unknown = await server.config('GET', COMPACT_HASHES.name).catch(() => []);
      return Array.isArray(answer) ? Number(answer[1]) : Number.NaN;
    }),
  );
  if (answers.some(Number.isNaN)) return undefined;
  return answers.every((bytes) => bytes >= COMPACT_HASHES.bytes);
}
