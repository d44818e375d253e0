import type { RedisFacts } from './redis-facts.ts';

/** Why nothing may be created on this Redis now. */
export interface Unfit {
  readonly code:
    | 'REDIS_MAY_EVICT'
    | 'REDIS_REPLICA'
    | 'REDIS_NOT_KEPT'
    | 'REDIS_ALMOST_FULL'
    | 'REDIS_REFUSES';
  readonly message: string;
  /** What a person has to do; nothing else is needed after that. */
  readonly advice: string;
}

/** What is known from before. */
export interface Before {
  /** It had an append-only file when this process began. */
  readonly wasAppendOnly?: boolean;
  /** It was almost full the last time: a little more room is wanted before it is not. */
  readonly wasFull?: boolean;
}

/** Creates stop when less than this is left of `maxmemory`: what IMS answers has to find room. */
const LEAST_ROOM = { share: 0.05, bytes: 64 * 2 ** 20 } as const;

/** Why this server is not fit, judged by what it says only: what it does not say is no reason; pure. */
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
      message: `${who} has no append-only file any more: a crash would lose what it was told last.`,
      advice: 'Set it again: redis-cli config set appendonly yes. To go on without it, restart.',
    };
  }
  return almostFull(facts, before);
}

export function mayEvict({ who, policy }: RedisFacts): Unfit | undefined {
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
