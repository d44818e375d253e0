import { z } from 'zod';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { luaFile, runScript } from './scripts.ts';

/** A permit for one request. `isLimited` false: no rate is kept, and none is needed for a while. */
export interface Permit {
  readonly isLimited: boolean;
  readonly waitMs: number;
  readonly isTaken: boolean;
}

const LUA = luaFile('rate-limit.lua');
const TAKE = LUA.script('take', z.tuple([z.number(), z.number()]));
const LOWER = LUA.script('lower', z.number());

/** How many requests per second all workers together may make, once the cloud has said "too many". */
export class RateLimit {
  readonly #redis: RedisConnection;
  readonly #key: string;

  constructor(redis: RedisConnection, { budget }: LedgerKeys) {
    this.#redis = redis;
    this.#key = budget;
  }

  /** Takes a permit unless the wait for it is longer than that. */
  async take(longestMs: number): Promise<Permit> {
    const call = { key: this.#key, arg: { longestMs } };
    const [waitMs, taken] = await runScript(this.#redis, TAKE, call);
    return { isLimited: waitMs >= 0, waitMs: Math.max(0, waitMs), isTaken: taken === 1 };
  }

  /** The same without taking it. */
  async peek(): Promise<Permit> {
    return this.take(-1);
  }

  /**
   * The cloud has throttled a request. @param seenRate requests per second until now
   * @returns requests per second from now on; `undefined` while it stays at a warning
   */
  async lower(seenRate: number): Promise<number | undefined> {
    const call = { key: this.#key, arg: { seenRate: seenRate.toFixed(3) } };
    const rate = await runScript(this.#redis, LOWER, call);
    return rate === 0 ? undefined : rate / 1000;
  }
}
