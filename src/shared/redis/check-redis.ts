import type { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';
import { primariesOf, type RedisConnection } from './redis-connection.ts';

/**
 * Checks that Redis keeps what it is given; of a cluster every primary. Answers warnings.
 * @throws RedisError for an eviction policy that may drop images, a read-only replica, an old version
 */
export async function checkRedis(redis: RedisConnection): Promise<readonly string[]> {
  const servers = primariesOf(redis);
  const said = await Promise.all(servers.map((server) => checkServer(server, servers.length > 1)));
  return [...new Set(said.flat())];
}

async function checkServer(redis: Redis, isOneOfMany: boolean): Promise<readonly string[]> {
  const who = isOneOfMany ? `Redis at ${addressOf(redis)}` : 'Redis';
  const info = parseInfo(await infoOf(redis));
  if (info.get('redis_mode') === 'sentinel') {
    throw new RedisError(
      'This is a Sentinel, no Redis.',
      'Name its primary: redis+sentinel://host/NAME',
    );
  }
  refuseOld(info, who);
  const policy = await settingOf(redis, 'maxmemory-policy', info.get('maxmemory_policy'));
  if (policy !== undefined && policy !== 'noeviction') {
    throw new RedisError(
      `${who} has maxmemory-policy ${policy}: under memory pressure it would drop images.`,
      'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
    );
  }
  if (info.get('role') === 'slave') {
    throw new RedisError('This Redis is a read-only replica.', 'Point REDIS_URL to the primary.');
  }
  if (info.get('aof_enabled') === '0') {
    return [
      `${who} has no append-only file: a crash of Redis loses what it was told last. Set appendonly yes and appendfsync always.`,
    ];
  }
  if (!info.has('role')) {
    return [`${who} does not tell its settings (INFO is forbidden): it was not checked.`];
  }
  return [];
}

function addressOf({ options: { host, port } }: Redis): string {
  return `${host ?? '?'}:${port ?? '?'}`;
}

/** Streams, ZRANGE BYSCORE, access lists by key: 6.2. Valkey tells the version of Redis it began with. */
const OLDEST = [6, 2] as const;

function refuseOld(info: ReadonlyMap<string, string>, who: string): void {
  const version = info.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version === '' || major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new RedisError(`${who} is version ${version}.`, 'Use Redis 6.2 or newer, or Valkey.');
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
