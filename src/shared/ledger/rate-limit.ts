import { z } from 'zod';
import { luaFile, StorePart } from './scripts.ts';

/** A permit for one request. `isLimited` false: no rate is kept, and none is needed for a while. */
interface Permit {
  readonly isLimited: boolean;
  readonly waitMs: number;
  readonly isTaken: boolean;
}

/** Requests a second of all workers together. */
export interface KeptRate {
  readonly perSecond: number;
  readonly agoMs: number;
  readonly staysMs: number;
}

const LUA = luaFile('rate-limit.lua');
const TAKE = LUA.script('take', z.tuple([z.number(), z.number()]));
const CURRENT = LUA.script('current', z.tuple([z.number(), z.number(), z.number()]));
const LOWER = LUA.script('lower', z.number());

/** How many requests per second all workers together may make, once the cloud has answered "too many". */
export class RateLimit extends StorePart {
  /** Takes a permit unless the wait for it is longer than that. */
  async take(longestMs: number): Promise<Permit> {
    const [waitMs, taken] = await this.run(TAKE, this.keys.budget, { longestMs });
    return { isLimited: waitMs >= 0, waitMs: Math.max(0, waitMs), isTaken: taken === 1 };
  }

  /** The same without taking it. */
  async peek(): Promise<Permit> {
    return this.take(-1);
  }

  /** Takes the next permit, however far it is; returns the milliseconds until then. */
  async next(): Promise<number> {
    return (await this.take(Number.MAX_SAFE_INTEGER)).waitMs;
  }

  /** The rate that is kept, since when, and until when nothing more is tried; `undefined` where none is kept. */
  async current(): Promise<KeptRate | undefined> {
    const [rate, agoMs, staysMs] = await this.run(CURRENT, this.keys.budget);
    return rate === 0 ? undefined : { perSecond: rate / 1000, agoMs, staysMs };
  }

  /**
   * The cloud has throttled a request. @param seenRate requests per second until now
   * @returns requests per second from now on; `undefined` while it stays at a warning
   */
  async lower(seenRate: number): Promise<number | undefined> {
    const rate = await this.run(LOWER, this.keys.budget, { seenRate: seenRate.toFixed(3) });
    return rate === 0 ? undefined : rate / 1000;
  }
}
