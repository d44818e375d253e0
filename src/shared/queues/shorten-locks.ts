import type { RedisConnection } from '../redis/redis-connection.ts';
import { wholeMs } from '../runtime/clock.ts';

/**
 * KEYS[1]: the list of queue jobs at work. ARGV: what the names of their locks begin with, milliseconds.
 * Answers how many were shortened.
 */
const SHORTEN = `
local shortened = 0
local function shorten(key)
  if redis.call('PTTL', key) <= tonumber(ARGV[2]) then return end
  redis.call('PEXPIRE', key, ARGV[2])
  shortened = shortened + 1
end
shorten(ARGV[1] .. 'stalled-check')
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do shorten(ARGV[1] .. id .. ':lock') end
return shortened`;

/**
 * BullMQ's locks end by the wall clock of Redis. Where that was set back, the queue jobs of a worker that
 * is gone would stay locked for as long; no lock lasts for longer than this one may.
 */
export async function shortenLocks(
  redis: RedisConnection,
  queue: string,
  lockMs: number,
): Promise<void> {
  await redis.eval(SHORTEN, 1, `${queue}:active`, `${queue}:`, wholeMs(lockMs));
}
