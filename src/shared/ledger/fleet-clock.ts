import { z } from 'zod';
import { RedisError } from '../errors/errors.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { type Call, luaFile, runScript, type Script } from './scripts.ts';

const LUA = luaFile('time.lua');
const READING = [z.string(), z.number(), z.string(), z.string()] as const;
const READ = LUA.script('read', z.tuple(READING));
const TICK = LUA.script('tick', z.tuple([...READING, z.number()]));

/**
 * The time that all processes on one ledger share. It is elapsed monotonic time, added up in the ledger
 * by one worker at a time: it may run slow, and stops while no worker runs, but it never runs
 * fast. Whatever protects (windows, freezes, "how long ago") goes by it. It is milliseconds since 1970,
 * so that times of older ledgers stay comparable; what people read comes from `wall`.
 */
export interface FleetClock {
  /** The fleet's time. Reads at most one step beyond the last reading of the ledger. */
  now(): number;
  /** The local wall clock, corrected by that of Redis: for people, tokens and signatures. */
  readonly wall: Clock;
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds that the local wall clock is behind that of Redis (negative: ahead). */
  readonly offsetMs: number;
  /** Reads the fleet's time from the ledger, and compares the wall clocks. */
  measure(): Promise<void>;
  /** As `measure`, unless the ledger was read a moment ago. */
  freshen(): Promise<void>;
  /** As `measure`, and adds the time that has passed; returns whether this worker keeps the time. */
  tick(by: TimeKeeper): Promise<boolean>;
}

/** A worker that may keep the time. */
export interface TimeKeeper {
  readonly workerId: string;
  /** A name that no tick has had. */
  readonly tick: string;
  /** One addition counts for at most this long. */
  readonly stepMs: number;
  readonly leaseMs: number;
}

/** Where the ledger's time was read, by the monotonic clock of this process. */
interface Reading {
  readonly time: number;
  readonly stepMs: number;
  readonly tick: string;
  readonly at: number;
}

/** An answer that took longer says too little about Redis' wall clock: it may have waited. */
const LONGEST_TRIP_MS = 1000;
const FRESH_MS = 1000;
const TRIES = 20;

/**
 * @throws RedisError when Redis never answers within a second
 */
export async function createFleetClock(
  redis: RedisConnection,
  local: Clock,
  keys: LedgerKeys,
): Promise<FleetClock> {
  const clock = new LedgerClock(redis, local, keys);
  for (let tries = 1; !(await clock.read()); tries += 1) {
    if (tries === TRIES) throw new RedisError('Redis takes more than a second for each answer.');
  }
  return {
    now: () => clock.now(),
    wall: clock.wall,
    monotonic: () => local.monotonic(),
    sleep: (ms, signal) => local.sleep(ms, signal),
    get offsetMs() {
      return clock.offsetMs;
    },
    measure: async () => {
      await clock.read();
    },
    freshen: () => clock.freshen(),
    tick: (by) => clock.tick(by),
  };
}

class LedgerClock {
  readonly #redis: RedisConnection;
  readonly #local: Clock;
  readonly #keys: LedgerKeys;
  readonly wall: Clock;
  offsetMs = 0;
  #reading: Reading = { time: 0, stepMs: 0, tick: '', at: 0 };
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(redis: RedisConnection, local: Clock, keys: LedgerKeys) {
    this.#redis = redis;
    this.#local = local;
    this.#keys = keys;
    this.wall = {
      now: () => local.now() + this.offsetMs,
      monotonic: () => local.monotonic(),
      sleep: (ms, signal) => local.sleep(ms, signal),
    };
  }

  now(): number {
    const { time, stepMs } = this.#reading;
    return Math.floor(time + Math.min(this.#sinceReading(), stepMs));
  }

  /** False when the answer came too late to compare the wall clocks. */
  async read(): Promise<boolean> {
    const { isSteady } = await this.#ask(READ, {});
    return isSteady;
  }

  async freshen(): Promise<void> {
    if (this.#local.monotonic() - this.#readAt > FRESH_MS) await this.read();
  }

  async tick({ workerId, tick, stepMs, leaseMs }: TimeKeeper): Promise<boolean> {
    const { isKeeper } = await this.#ask(TICK, {
      worker: workerId,
      tick: this.#reading.tick,
      passed: Math.floor(this.#sinceReading()),
      next: tick,
      step: Math.ceil(stepMs),
      lease: Math.ceil(leaseMs),
    });
    return isKeeper;
  }

  #sinceReading(): number {
    return Math.max(0, this.#local.monotonic() - this.#reading.at);
  }

  async #ask(script: Script<readonly [string, number, string, string, number?]>, arg: Call['arg']) {
    const { meta, prefix } = this.#keys;
    const start = this.#local.monotonic();
    const before = this.#local.now();
    const answer = await runScript(this.#redis, script, { key: meta, arg: { prefix, ...arg } });
    const [time, step, tick, redisNow, keeper] = answer;
    const after = this.#local.now();
    // Not before the answer is here: what it took to come must not count.
    const at = this.#local.monotonic();
    this.#readAt = at;
    // Of the same tick the first reading stays: all that passed since then may still be added.
    if (tick !== this.#reading.tick || tick === '') {
      this.#reading = { time: Number(time), stepMs: Number(step), tick, at };
    }
    const isSteady =
      at - start <= LONGEST_TRIP_MS && Math.abs(after - before - (at - start)) < LONGEST_TRIP_MS;
    if (isSteady) this.offsetMs = Math.round(Number(redisNow) - (before + after) / 2);
    return { isSteady, isKeeper: keeper === 1 };
  }
}
