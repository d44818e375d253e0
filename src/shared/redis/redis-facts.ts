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
  return Promise.all(servers.map((server) => factsOfServer(server, servers.length > 1)));
}

async function factsOfServer(redis: Redis, isOneOfMany: boolean): Promise<RedisFacts> {
  const info = parseInfo(await infoOf(redis));
  const { host, port } = redis.options;
  const aof = info.get('aof_enabled');
  const [used, max] = [number(info.get('used_memory')), number(info.get('maxmemory'))];
  return omitUndefined({
    who: isOneOfMany ? `Redis at ${host ?? '?'}:${port ?? '?'}` : 'Redis',
    isSentinel: info.get('redis_mode') === 'sentinel',
    version: info.get('redis_version'),
    policy: (await settingOf(redis, 'maxmemory-policy')) ?? info.get('maxmemory_policy'),
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

/** INFO may be forbidden by an access list; every other error is one. */
async function infoOf(redis: Redis): Promise<string> {
  return redis.info().catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return '';
    throw error;
  });
}

/** `undefined` also where CONFIG is forbidden (managed Redis). */
async function settingOf(redis: Redis, name: string): Promise<string | undefined> {
  const answer: unknown = await redis.config('GET', name).catch(() => undefined);
  const value: unknown = Array.isArray(answer) ? answer[1] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).map((line) => line.split(':'));
  return new Map(lines.map(([name = '', ...value]) => [name, value.join(':')]));
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
  const [confirms, appendOnly, fsync, onRewrite, replication] = await Promise.all([
    server.call('WAITAOF', '1', '0', '1').then(isCount, () => false),
    settingOf(server, 'appendonly'),
    settingOf(server, 'appendfsync'),
    settingOf(server, 'no-appendfsync-on-rewrite'),
    server.info('replication').catch(() => ''),
  ]);
  return {
    // With `no` the confirmation would never come.
    confirms: confirms && fsync !== 'no',
    always: appendOnly === 'yes' && fsync === 'always' && onRewrite === 'no',
    mayBeReplaced: !/^connected_slaves:0\r?$/m.test(replication),
  };
}

function isWatched(redis: RedisConnection): boolean {
  return !isCluster(redis) && (redis.options.sentinels?.length ?? 0) > 0;
}

function isCount(answer: unknown): boolean {
  return Array.isArray(answer) && typeof answer[0] === 'number';
}

/**
 * Redis packs a small hash only while none of its values is longer than this; an import's request and
 * story are. The name is the one that 6.2 and everything newer know.
 */
export const COMPACT_HASHES = { name: 'hash-max-ziplist-value', bytes: 2048 } as const;

/** False where an import takes nearly twice the memory; `undefined` where Redis does not report it. */
export async function hasCompactHashes(redis: RedisConnection): Promise<boolean | undefined> {
  const answers = await Promise.all(
    primariesOf(redis).map((server) => settingOf(server, COMPACT_HASHES.name)),
  );
  if (answers.includes(undefined)) return undefined;
  return answers.every((bytes) => Number(bytes) >= COMPACT_HASHES.bytes);
}
