import type { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';

/**
 * Checks that Redis keeps what it is given. Answers warnings.
 * @throws RedisError for an eviction policy that may drop images, and for a read-only replica
 */
export async function checkRedis(redis: Redis): Promise<readonly string[]> {
  const info = parseInfo(await infoOf(redis));
  const policy = await settingOf(redis, 'maxmemory-policy', info.get('maxmemory_policy'));
  if (policy !== undefined && policy !== 'noeviction') {
    throw new RedisError(
      `Redis has maxmemory-policy ${policy}: under memory pressure it would drop images.`,
      'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
    );
  }
  if (info.get('role') === 'slave') {
    throw new RedisError('This Redis is a read-only replica.', 'Point REDIS_URL to the primary.');
  }
  if (info.get('aof_enabled') === '0') {
    return [
      'Redis has no append-only file: a crash of Redis loses what it was told last. Set appendonly yes and appendfsync always.',
    ];
  }
  if (!info.has('role')) {
    return ['Redis does not tell its settings (INFO is forbidden): it was not checked.'];
  }
  return [];
}

/** INFO may be forbidden by an access list; every other error is one. */
async function infoOf(redis: Redis): Promise<string> {
  try {
    return await redis.info();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return '';
    throw error;
  }
}

/** CONFIG may be forbidden (managed Redis); then INFO has to do. */
async function settingOf(
  redis: Redis,
  name: string,
  fallback: string | undefined,
): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config('GET', name);
    if (!Array.isArray(answer)) return fallback;
    const value: unknown = answer[1];
    return typeof value === 'string' ? value : fallback;
  } catch {
    return fallback;
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}
