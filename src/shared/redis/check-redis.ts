import { RedisError } from '../errors/errors.ts';
import type { RedisConnection } from './redis-connection.ts';
import { type RedisFacts, readFacts } from './redis-facts.ts';
import { mayEvict, type Unfit, whyUnfit } from './redis-unfit.ts';

/**
 * Checks that Redis keeps what it is given; of a cluster every primary. Answers warnings.
 * @throws RedisError for an eviction policy that may drop images, a read-only replica, an old version
 */
export async function checkRedis(redis: RedisConnection): Promise<readonly string[]> {
  return judgeStart(await readFacts(redis));
}

/** The same of what the servers have said already. @throws RedisError */
export function judgeStart(servers: readonly RedisFacts[]): readonly string[] {
  return [...new Set(servers.flatMap(judgeServer))];
}

function judgeServer(facts: RedisFacts): readonly string[] {
  if (facts.isSentinel) {
    throw new RedisError(
      'This is a Sentinel, no Redis.',
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
  const warnings = full === undefined ? [] : [inOneLine(full)];
  if (isAppendOnly === false) {
    warnings.push(
      `${who} has no append-only file: a crash of Redis loses what it was told last. Set appendonly yes and appendfsync always.`,
    );
  }
  if (role === undefined) {
    warnings.push(`${who} does not tell its settings (INFO is forbidden): it was not checked.`);
  }
  return warnings;
}

export function inOneLine({ message, advice }: Unfit): string {
  return `${message} ${advice}`;
}

/** Streams, ZRANGE BYSCORE, access lists by key: 6.2. Valkey tells the version of Redis it began with. */
const OLDEST = [6, 2] as const;

function refuseOld({ version = '', who }: RedisFacts): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version === '' || major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new RedisError(`${who} is version ${version}.`, 'Use Redis 6.2 or newer, or Valkey.');
}
