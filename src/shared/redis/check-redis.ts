import { RedisError } from '../errors/errors.ts';
import type { RedisConnection } from './redis-connection.ts';
import { type RedisFacts, readFacts } from './redis-facts.ts';

/**
 * Checks that Redis keeps its data; of a cluster, every primary. Returns warnings.
 * @throws RedisError for an eviction policy that may drop images, a read-only replica, an old version
 */
export async function checkRedis(redis: RedisConnection): Promise<readonly string[]> {
  return judgeStart(await readFacts(redis));
}

/** The same for facts that have been read already. @throws RedisError */
export function judgeStart(servers: readonly RedisFacts[]): readonly string[] {
  return [...new Set(servers.flatMap(judgeServer))];
}

function judgeServer(facts: RedisFacts): readonly string[] {
  if (facts.isSentinel) {
    throw new RedisError(
      'This is a Sentinel, not a Redis.',
      'Name its primary: redis+sentinel://host/NAME',
    );
  }
  refuseOld(facts);
  const evicts = mayEvict(facts);
  if (evicts) throw new RedisError(evicts.message, evicts.advice);
  if (facts.role === 'slave') {
    throw new RedisError('This Redis is a read-only replica.', 'Point REDIS_URL to the primary.');
  }
  return warningsOf(facts);
}

function warningsOf(facts: RedisFacts): readonly string[] {
  const { who, role, isAppendOnly } = facts;
  const full = whyUnfit(facts, {});
  const warnings = full === undefined ? [] : [`${full.message} ${full.advice}`];
  if (isAppendOnly === false) {
    warnings.push(
      `${who} has no append-only file: a crash of Redis loses the latest writes. Set appendonly yes and appendfsync always.`,
    );
  }
  if (role === undefined) {
    warnings.push(
      `${who} does not report its settings (INFO is forbidden): they were not checked.`,
    );
  }
  return warnings;
}

/** Streams, ZRANGE BYSCORE, access lists by key: 6.2. Valkey reports the version of Redis that it began with. */
const OLDEST = [6, 2] as const;

function refuseOld({ version = '', who }: RedisFacts): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version === '' || major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new RedisError(`${who} is version ${version}.`, 'Use Redis 6.2 or newer, or Valkey.');
}

/** Why nothing may be created on this Redis now. */
export interface Unfit {
  readonly code:
    | 'REDIS_MAY_EVICT'
    | 'REDIS_REPLICA'
    | 'REDIS_NOT_KEPT'
    | 'REDIS_ALMOST_FULL'
    | 'REDIS_REFUSES';
  readonly message: string;
  /** What a person has to do; creates resume by themselves after that. */
  readonly advice: string;
}

/** What was known before. */
export interface Before {
  /** It had an append-only file when this process started. */
  readonly wasAppendOnly?: boolean;
  /** It was almost full at the last check: it needs some more room to count as fit again. */
  readonly wasFull?: boolean;
}

/** Creates stop when less than this is left of `maxmemory`: there must be room for the answers of IMS. */
const LEAST_ROOM = { share: 0.05, bytes: 64 * 2 ** 20 } as const;

/** Why this server is not fit, by the facts that it reports; a missing fact is no reason. Pure. */
export function whyUnfit(facts: RedisFacts, before: Before): Unfit | undefined {
  const evicts = mayEvict(facts);
  if (evicts) return evicts;
  const { who, role, isAppendOnly } = facts;
  if (role === 'slave') {
    return {
      code: 'REDIS_REPLICA',
      message: `${who} has become a read-only replica.`,
      advice: 'Point REDIS_URL to the primary.',
    };
  }
  if (isAppendOnly === false && before.wasAppendOnly) {
    return {
      code: 'REDIS_NOT_KEPT',
      message: `${who} no longer has an append-only file: a crash would lose the latest writes.`,
      advice: 'Set it again: redis-cli config set appendonly yes. To continue without it, restart.',
    };
  }
  return almostFull(facts, before);
}

function mayEvict({ who, policy }: RedisFacts): Unfit | undefined {
  if (policy === undefined || policy === 'noeviction') return undefined;
  return {
    code: 'REDIS_MAY_EVICT',
    message: `${who} has maxmemory-policy ${policy}: under memory pressure it would drop images.`,
    advice: 'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
  };
}

function almostFull({ who, memory }: RedisFacts, { wasFull }: Before): Unfit | undefined {
  if (!memory || memory.max === 0) return undefined;
  const least = Math.min(LEAST_ROOM.share * memory.max, LEAST_ROOM.bytes) * (wasFull ? 2 : 1);
  if (memory.max - memory.used >= least) return undefined;
  const [used, max] = [memory.used, memory.max].map(megabytes);
  return {
    code: 'REDIS_ALMOST_FULL',
    message: `${who} uses ${used} MB of its maxmemory of ${max} MB.`,
    advice: 'Give it more memory (maxmemory), or archive finished batches: ims-ferry archive',
  };
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
