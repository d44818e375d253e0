import type { Redis } from 'ioredis';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { isCluster, primariesOf, type RedisConnection } from './redis-connection.ts';

/** What one server reports about itself; a field that it does not report is absent. */
export interface RedisFacts {
  /** For messages: with its address where there are several. */
  readonly who: string;
  readonly isSentinel: boolean;
  readonly version?: string;
  readonly policy?: string;
  readonly role?: string;
  readonly isAppendOnly?: boolean;
  readonly memory?: { readonly used: number; readonly max: number };
  /** Keys removed for lack of memory since the server was started. */
  readonly evicted?: number;
  /** Identifies this run of the server. */
  readonly run?: string;
}

/** Asks every server that may be written to. What a server forbids to ask is absent. */
export function readFacts(redis: RedisConnection): Promise<readonly RedisFacts[]> {
  const servers = primariesOf(redis);
  return Promise.all(servers.map((server) => factsOf(server, servers.length > 1)));
}

async function factsOf(redis: Redis, isOneOfMany: boolean): Promise<RedisFacts> {
  const info = parseInfo(await infoOf(redis));
  const policy = await settingOf(redis, 'maxmemory-policy', info.get('maxmemory_policy'));
  const aof = info.get('aof_enabled');
  const [used, max] = [number(info.get('used_memory')), number(info.get('maxmemory'))];
  return omitUndefined({
    who: isOneOfMany ? `Redis at ${addressOf(redis)}` : 'Redis',
    isSentinel: info.get('redis_mode') === 'sentinel',
    version: info.get('redis_version'),
    policy,
    role: info.get('role'),
    isAppendOnly: aof === undefined ? undefined : aof !== '0',
    memory: used === undefined || max === undefined ? undefined : { used, max },
    evicted: number(info.get('evicted_keys')),
    run: info.get('run_id'),
  });
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

/** What becomes of an acknowledged write when the host of Redis loses power. */
export interface WriteSafety {
  /** Redis confirms that a write is on its disk (`WAITAOF`: Redis 7.2, Valkey). */
  readonly confirms: boolean;
  /** Redis answers only when the write is on its disk (`appendfsync always`). */
  readonly always: boolean;
  /** Another server may take its place, without the latest writes. */
  readonly mayBeReplaced: boolean;
}

/** What Redis does not report counts as unsafe. */
export async function writeSafetyOf(redis: RedisConnection): Promise<WriteSafety> {
  const all = await Promise.all(primariesOf(redis).map(askServer));
  const isEach = (name: keyof WriteSafety): boolean =>
    all.length > 0 && all.every((one) => one[name]);
  return {
    confirms: isEach('confirms'),
    always: isEach('always'),
    mayBeReplaced: isCluster(redis) || isWatched(redis) || all.some((one) => one.mayBeReplaced),
  };
}

async function askServer(server: Redis): Promise<WriteSafety> {
  const [confirms, settings, replication] = await Promise.all([
    server.call('WAITAOF', '1', '0', '1').then(isCount, () => false),
    server.config('GET', 'append*').then(pairsOf, () => new Map<unknown, unknown>()),
    server.info('replication').catch(() => ''),
  ]);
  const rewrite = await server
    .config('GET', 'no-appendfsync-on-rewrite')
    .then(pairsOf, () => new Map<unknown, unknown>());
  return {
    // With `no` the confirmation would never come.
    confirms: confirms && settings.get('appendfsync') !== 'no',
    always:
      settings.get('appendonly') === 'yes' &&
      settings.get('appendfsync') === 'always' &&
      rewrite.get('no-appendfsync-on-rewrite') === 'no',
    mayBeReplaced: !/^connected_slaves:0\r?$/m.test(replication),
  };
}

function isWatched(redis: RedisConnection): boolean {
  return !isCluster(redis) && (redis.options.sentinels?.length ?? 0) > 0;
}

function isCount(answer: unknown): boolean {
  return Array.isArray(answer) && typeof answer[0] === 'number';
}

function pairsOf(answer: unknown): ReadonlyMap<unknown, unknown> {
  const list: readonly unknown[] = Array.isArray(answer) ? answer : [];
  return new Map(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : [])));
}

/**
 * Redis packs a small hash only while none of its values is longer than this; an import's request and
 * story are. The name is the one that 6.2 and everything newer know.
 */
export const COMPACT_HASHES = { name: 'hash-max-ziplist-value', bytes: 2048 } as const;

/** False where an import takes nearly twice the memory; `undefined` where Redis does not report it. */
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
