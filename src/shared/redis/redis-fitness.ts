import type { Clock } from '../runtime/clock.ts';
import { type Unfit, whyUnfit } from './check-redis.ts';
import type { RedisConnection } from './redis-connection.ts';
import { type RedisFacts, readFacts } from './redis-facts.ts';
import { refusedCommand, tryWrite } from './refusals.ts';

export interface FitnessOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of the processes' locks: Redis is checked again after two of them, while unfit after a sixth. */
  readonly lockMs: number;
  /** Prefix of our keys. */
  readonly prefix: string;
  /** What the servers reported when this process started. */
  readonly atStart: readonly RedisFacts[];
  /** Tries to write as well; a process that only reads may have fewer rights. */
  readonly tries: boolean;
}

/** The reading side. */
export type Fitness = Pick<RedisFitness, 'look'>;

/** Called when the reason has changed, or keys were evicted since the last check. */
type FitnessListener = (now: {
  readonly unfit: Unfit | undefined;
  readonly evicted: number;
}) => void;

const LONGEST_KEPT_MS = 60_000;

/**
 * Whether Redis is still fit for the ledger: what was right at the start may have changed since. Checks
 * when it is asked and the last result is a minute old.
 */
export class RedisFitness {
  readonly #redis: RedisConnection;
  readonly #options: FitnessOptions;
  readonly #listeners = new Set<FitnessListener>();
  readonly #wasAppendOnly: boolean;
  #evictedBefore: ReadonlyMap<string, number>;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #unfit: Unfit | undefined;
  #checking: Promise<Unfit | undefined> | undefined;

  constructor(redis: RedisConnection, options: FitnessOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#wasAppendOnly = options.atStart.some(({ isAppendOnly }) => isAppendOnly);
    this.#evictedBefore = evictions(options.atStart);
  }

  /** Why Redis is unfit, at most a minute old. A Redis that does not answer changes nothing. */
  async look(): Promise<Unfit | undefined> {
    const { clock, lockMs } = this.#options;
    const keptMs = this.#unfit ? lockMs / 6 : Math.min(LONGEST_KEPT_MS, 2 * lockMs);
    if (clock.monotonic() - this.#checkedAt < keptMs) return this.#unfit;
    this.#checking ??= this.#checkNow().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** The next check asks again: the connection may lead to another server now. */
  expire(): void {
    this.#checkedAt = Number.NEGATIVE_INFINITY;
  }

  listen(listener: FitnessListener): void {
    this.#listeners.add(listener);
  }

  async #checkNow(): Promise<Unfit | undefined> {
    const { clock } = this.#options;
    const facts = await readFacts(this.#redis);
    const wasFull = this.#unfit?.code === 'REDIS_ALMOST_FULL';
    const before = { wasAppendOnly: this.#wasAppendOnly, wasFull };
    const reasons = facts.map((one) => whyUnfit(one, before));
    const unfit = reasons.find((one) => one !== undefined) ?? (await this.#refused());
    const evicted = this.#newlyEvicted(facts);
    const hasChanged = unfit?.code !== this.#unfit?.code;
    this.#unfit = unfit;
    this.#checkedAt = clock.monotonic();
    if (hasChanged || evicted > 0)
      for (const listener of this.#listeners) listener({ unfit, evicted });
    return unfit;
  }

  /** Revoked rights or a full disk show only when a write is tried. */
  async #refused(): Promise<Unfit | undefined> {
    if (!this.#options.tries) return undefined;
    try {
      await tryWrite(this.#redis, `${this.#options.prefix}check`);
      return undefined;
    } catch (error) {
      const refused = refusedCommand(error);
      if (!refused) throw error;
      const { message, advice = '' } = refused;
      return { code: 'REDIS_REFUSES', message, advice };
    }
  }

  #newlyEvicted(facts: readonly RedisFacts[]): number {
    const before = this.#evictedBefore;
    this.#evictedBefore = evictions(facts);
    let sum = 0;
    for (const [run, count] of this.#evictedBefore)
      sum += Math.max(0, count - (before.get(run) ?? count));
    return sum;
  }
}

function evictions(facts: readonly RedisFacts[]): ReadonlyMap<string, number> {
  return new Map(
    facts.flatMap(({ run, evicted }) =>
      run === undefined || evicted === undefined ? [] : [[run, evicted] as const],
    ),
  );
}
