import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { luaFile, NO_ANSWER, StorePart } from './scripts.ts';

const LEARN = luaFile('project.lua').script('learn', NO_ANSWER);

/** What the imports of one class have taken, as mean and variance of the logarithm. */
interface ClassDurations {
  readonly samples: number;
  readonly mean: number;
  readonly variance: number;
}

type Learned = ClassDurations | undefined;

const KEPT_MS = 3000;
const LEARNED_EVERY_MS = 1000;

/** How long imports take, by class, over all batches of the project. */
export class Durations extends StorePart {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #learnedAt = new Map<string, number>();
  readonly #read = new Map<string, { readonly at: number; readonly is: Learned }>();

  constructor(redis: RedisConnection, keys: LedgerKeys, clock: Pick<Clock, 'monotonic'>) {
    super(redis, keys);
    this.#clock = clock;
  }

  /**
   * Adds one duration to each class; the latest fifty or so count. Of several that end within a second
   * one is enough.
   */
  async learn(classes: readonly string[], durationMs: number): Promise<void> {
    const now = this.#clock.monotonic();
    const [own = ''] = classes;
    if (now - (this.#learnedAt.get(own) ?? Number.NEGATIVE_INFINITY) < LEARNED_EVERY_MS) return;
    this.#learnedAt.set(own, now);
    const value = String(Math.log(Math.max(1, durationMs)));
    await this.run(LEARN, this.keys.durations, { value, classes });
  }

  /**
   * In the order of the classes; `undefined` where nothing was learned. What was read within the last
   * seconds is not read again: an average does not move that fast.
   */
  async learned(classes: readonly string[]): Promise<readonly Learned[]> {
    const now = this.#clock.monotonic();
    const known = classes.map((name) => this.#read.get(name));
    if (known.every((one) => one !== undefined && now - one.at < KEPT_MS)) {
      return known.map((one) => one?.is);
    }
    const texts = await this.redis.hmget(this.keys.durations, ...classes);
    return texts.map((text, index) => {
      const is = parsed(text ?? '');
      this.#read.set(classes[index] ?? '', { at: now, is });
      return is;
    });
  }
}

function parsed(text: string): ClassDurations | undefined {
  const [samples = Number.NaN, mean = Number.NaN, variance = Number.NaN] = text
    .split(' ')
    .map(Number);
  const isWhole = [samples, mean, variance].every(Number.isFinite);
  return isWhole ? { samples, mean, variance } : undefined;
}
