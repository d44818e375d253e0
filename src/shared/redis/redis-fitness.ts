import type { Clock } from '../runtime/clock.ts';
import type { RedisConnection } from './redis-connection.ts';
import { type RedisFacts, readFacts } from './redis-facts.ts';
import { type Unfit, whyUnfit } from './redis-unfit.ts';
import { refusedCommand } from './refused-command.ts';
import { tryWrite } from './try-write.ts';

export interface FitnessOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of the processes' locks: it is looked again after two of them, after a sixth while unfit. */
  readonly lockMs: number;
  /** Begin of the names of our keys. */
  readonly prefix: string;
  /** What the servers said when this process began. */
  readonly atStart: readonly RedisFacts[];
  /** Tries to write, too: for those who have to. A reader may have fewer rights. */
  readonly tries: boolean;
}

/** What those need who only want to know. */
export type Fitness = Pick<RedisFitness, 'look'>;

/** Told when what is wrong has changed, and how many keys were evicted since the look before. */
export type FitnessListener = (now: {
  readonly unfit: Unfit | undefined;
  readonly evicted: number;
}) => void;

const LONGEST_MS = 60_000;

/**
 * Whether Redis still is what it has to be. Looks when somebody asks and the last look is a minute old:
 * what was right at the start may have been changed since.
 */
export class RedisFitness {
  readonly #redis: RedisConnection;
  readonly #options: FitnessOptions;
  readonly #listeners = new Set<FitnessListener>();
  readonly #wasAppendOnly: boolean;
  #evictedBefore: ReadonlyMap<string, number>;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #unfit: Unfit | undefined;
  #looking: Promise<Unfit | undefined> | undefined;

  constructor(redis: RedisConnection, options: FitnessOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#wasAppendOnly = options.atStart.some(({ isAppendOnly }) => isAppendOnly);
    this.#evictedBefore = evictions(options.atStart);
  }

  /** What is wrong, a minute old at most; a Redis that does not answer leaves it as it was. */
  async look(): Promise<Unfit | undefined> {
    const { clock, lockMs } = this.#options;
    const keptMs = this.#unfit ? lockMs / 6 : Math.min(LONGEST_MS, 2 * lockMs);
    if (clock.monotonic() - this.#lookedAt < keptMs) return this.#unfit;
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The next look is a new one: the connection has led elsewhere meanwhile. */
  expire(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  listen(listener: FitnessListener): void {
    this.#listeners.add(listener);
  }

  async #lookNow(): Promise<Unfit | undefined> {
    const { clock } = this.#options;
    const facts = await readFacts(this.#redis);
    const unfit = this.#judge(facts) ?? (await this.#refused());
    const evicted = this.#newlyEvicted(facts);
    const hasChanged = unfit?.code !== this.#unfit?.code;
    this.#unfit = unfit;
    this.#lookedAt = clock.monotonic();
    if (hasChanged || evicted > 0) for (const tell of this.#listeners) tell({ unfit, evicted });
    return unfit;
  }

  #judge(facts: readonly RedisFacts[]): Unfit | undefined {
    const wasFull = this.#unfit?.code === 'REDIS_ALMOST_FULL';
    const before = { wasAppendOnly: this.#wasAppendOnly, wasFull };
    return facts.map((one) => whyUnfit(one, before)).find((one) => one !== undefined);
  }

  /** Rights that were taken away, a disk that is full: known only by trying. */
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
    return [...this.#evictedBefore].reduce(
      (sum, [run, count]) => sum + Math.max(0, count - (before.get(run) ?? count)),
      0,
    );
  }
}

function evictions(facts: readonly RedisFacts[]): ReadonlyMap<string, number> {
  return new Map(
    facts.flatMap(({ run, evicted }) =>
      run === undefined || evicted === undefined ? [] : [[run, evicted] as const],
    ),
  );
}
