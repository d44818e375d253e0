import type { Redis } from 'ioredis';
import { isCluster, primariesOf, type RedisConnection } from './redis-connection.ts';

/** What becomes of a write that Redis has answered, when its host loses power. */
export interface WriteSafety {
  /** It tells when a write is on its disk (`WAITAOF`: Redis 7.2, Valkey). */
  readonly confirms: boolean;
  /** Each answer comes when the write is on the disk (`appendfsync always`). */
  readonly always: boolean;
  /** Another server may take its place, without what was written last. */
  readonly mayBeReplaced: boolean;
}

/** Asks Redis; what it does not tell is taken for unsafe. */
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
    // With `no` it would never come to an end.
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
