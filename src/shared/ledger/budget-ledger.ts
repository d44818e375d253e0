import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { LOWER_SCRIPT, TURN_SCRIPT } from './scripts/budget-scripts.ts';

/** `isLimited` false: no rate is kept, and nothing has to be asked for a while. */
export interface Turn {
  readonly isLimited: boolean;
  readonly waitMs: number;
  readonly isTaken: boolean;
}

/** How many requests a second all workers together may make, once the cloud has said "too many". */
export class BudgetLedger {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Takes a turn unless it is further away than that. */
  async take(longestMs: number): Promise<Turn> {
    const given = { keys: [this.#keys.budget], args: [String(longestMs)] };
    const [waitMs, taken] = (await runScript(this.#redis, TURN_SCRIPT, given)) as [number, number];
    const isLimited = waitMs >= 0;
    return { isLimited, waitMs: Math.max(0, waitMs), isTaken: taken === 1 };
  }

  /** The same without taking it. */
  async look(): Promise<Turn> {
    return this.take(-1);
  }

  /**
   * The cloud has throttled a request. @param seenRate requests a second until now
   * @returns requests a second from now on; `undefined` while it stays at a warning
   */
  async lower(seenRate: number): Promise<number | undefined> {
    const given = { keys: [this.#keys.budget], args: [seenRate.toFixed(3)] };
    const rate = (await runScript(this.#redis, LOWER_SCRIPT, given)) as number;
    return rate === 0 ? undefined : rate / 1000;
  }
}
