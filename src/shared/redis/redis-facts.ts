import type { Redis } from 'ioredis';
import { primariesOf, type RedisConnection } from './redis-connection.ts';

/** What one server says of itself; absent: it does not say. */
export interface RedisFacts {
  /** For messages: with its address where there are several. */
  readonly who: string;
  readonly isSentinel: boolean;
  readonly version?: string;
  readonly policy?: string;
  readonly role?: string;
  readonly isAppendOnly?: boolean;
  readonly memory?: { readonly used: number; readonly max: number };
  /** Keys that it has removed for lack of memory since it was started. */
  readonly evicted?: number;
  /** Names this run of the server. */
  readonly run?: string;
}

/** Asks every server that may be written to. Whatever a server forbids to ask is absent. */
export function readFacts(redis: RedisConnection): Promise<readonly RedisFacts[]> {
  const servers = primariesOf(redis);
  return Promise.all(servers.map((server) => factsOf(server, servers.length > 1)));
}

async function factsOf(redis: Redis, isOneOfMany: boolean): Promise<RedisFacts> {
  const info = parseInfo(await infoOf(redis));
  const policy = await settingOf(redis, 'maxmemory-policy', info.get('maxmemory_policy'));
  const aof = info.get('aof_enabled');
  const [used, max] = [number(info.get('used_memory')), number(info.get('maxmemory'))];
  return {
    who: isOneOfMany ? `Redis at ${addressOf(redis)}` : 'Redis',
    isSentinel: info.get('redis_mode') === 'sentinel',
    ...known('version', info.get('redis_version')),
    ...known('policy', policy),
    ...known('role', info.get('role')),
    ...known('isAppendOnly', aof === undefined ? undefined : aof !== '0'),
    ...known('memory', used === undefined || max === undefined ? undefined : { used, max }),
    ...known('evicted', number(info.get('evicted_keys'))),
    ...known('run', info.get('run_id')),
  };
}

function known<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  const found: { [P in K]?: V } = {};
  if (value !== undefined) found[name] = value;
  return found;
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function addressOf({ options: { host, port } }: Redis): string {
  return `${host ?? '?'}:${port ?? '?'}`;
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
