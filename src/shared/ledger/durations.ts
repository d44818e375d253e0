import type { Learned } from '../outlook/forecast.ts';
import type { Traits } from '../outlook/traits.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { luaFile, NO_ANSWER, StorePart } from './scripts.ts';

const LEARN = luaFile('project.lua').script('learn', NO_ANSWER);

const KEPT_MS = 3000;
const LEARNED_EVERY_MS = 1000;

/** How long imports take, by class, over all batches of the project. */
export class Durations extends StorePart {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #learnedAt = new Map<string, number>();
  readonly #read = new Map<string, { readonly at: number; readonly is: Learned | undefined }>();

  constructor(redis: RedisConnection, keys: LedgerKeys, clock: Pick<Clock, 'monotonic'>) {
    super(redis, keys);
    this.#clock = clock;
  }

  /**
   * Adds one duration to each class; the latest fifty or so count. Of several that end within a second
   * one is enough.
   */
  async learn({ classes, sizes }: Traits, durationMs: number): Promise<void> {
    const now = this.#clock.monotonic();
    const [own = ''] = classes;
    if (now - (this.#learnedAt.get(own) ?? Number.NEGATIVE_INFINITY) < LEARNED_EVERY_MS) return;
    this.#learnedAt.set(own, now);
    const value = String(Math.log(Math.max(1, durationMs)));
    const values = classes.map((_, at) =>
      at === 0 && sizes ? [value, ...sizes.map(String)] : [value],
    );
    await this.run(LEARN, this.keys.durations, { classes, values });
  }

  /**
   * In the order of the classes; `undefined` where nothing was learned. What was read within the last
   * seconds is not read again: an average does not move that fast.
   */
  async learned(classes: readonly string[]): Promise<readonly (Learned | undefined)[]> {
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

/** `samples mean variance`; or what `learn` writes for the logarithms of the duration and of both sizes. */
function parsed(text: string): Learned | undefined {
  const numbers = text.split(' ').map(Number);
  const [samples = 0, mean = 0, ...rest] = numbers;
  const isSized = numbers.length === 10;
  const [file = 0, disk = 0, variance = 0, withFile = 0, withDisk = 0, ...spread] = isSized
    ? rest
    : [0, 0, ...rest];
  if (!numbers.every(Number.isFinite) || samples < 0 || variance < 0) return undefined;
  if (!isSized) return numbers.length === 3 ? { samples, mean, variance } : undefined;
  const [first = 0, both = 0, second = 0] = spread;
  const sums = { means: [file, disk], shared: [withFile, withDisk] } as const;
  return { samples, mean, variance, sizes: { ...sums, spread: [first, both, second] } };
}
