import type { RedisConnection } from './redis-connection.ts';

const WRITE = `
redis.call('SET', KEYS[1], '1', 'PX', 1000)
return redis.call('DEL', KEYS[1])`;

/**
 * Writes with a script, as the ledger does, and leaves nothing behind.
 * @throws the server's error where it allows no scripts, no writes, or not under this name
 */
export async function tryWrite(redis: RedisConnection, key: string): Promise<void> {
  await redis.eval(WRITE, 1, key);
}
