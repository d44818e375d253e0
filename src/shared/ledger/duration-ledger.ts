import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { LEARN_SCRIPT } from './scripts/learn-script.ts';

/** What the imports of one class have taken, as mean and variance of the logarithm. */
export interface ClassDurations {
  readonly samples: number;
  readonly mean: number;
  readonly variance: number;
}

/** How long imports take, by class, over all batches of the project. */
export class DurationLedger {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Adds one duration to each class; the latest fifty or so count. */
  async learn(classes: readonly string[], durationMs: number): Promise<void> {
    const logarithm = Math.log(Math.max(1, durationMs));
    await runScript(this.#redis, LEARN_SCRIPT, {
      keys: [this.#keys.durations],
      args: [String(logarithm), ...classes],
    });
  }

  /** The same order as asked; `undefined` of a class that nothing was learned of. */
  async learned(classes: readonly string[]): Promise<readonly (ClassDurations | undefined)[]> {
    const texts = await this.#redis.hmget(this.#keys.durations, ...classes);
    return texts.map((text) => (text === null ? undefined : parsed(text)));
  }
}

function parsed(text: string): ClassDurations | undefined {
  const [samples = Number.NaN, mean = Number.NaN, variance = Number.NaN] = text
    .split(' ')
    .map(Number);
  const isWhole = [samples, mean, variance].every(Number.isFinite);
  return isWhole ? { samples, mean, variance } : undefined;
}
