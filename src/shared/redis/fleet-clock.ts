import type { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** A clock that all processes on one Redis agree on, within a round trip. */
export interface FleetClock extends Clock {
  /** Milliseconds that the local clock is behind Redis (negative: ahead). */
  readonly offsetMs: number;
  /**
   * Compares with Redis again, so that a clock that jumped is found out. False when no answer came
   * quickly enough to tell anything; the offset stays as it was.
   */
  measure(): Promise<boolean>;
}

/** An answer that took longer tells too little: it may have waited for Redis to come back. */
const LONGEST_TRIP_MS = 1000;
const TRIES = 20;

/**
 * The local clock, corrected by Redis' `TIME`.
 * @throws RedisError when Redis never answers within a second
 */
export async function createFleetClock(redis: Redis, local: Clock): Promise<FleetClock> {
  let offsetMs = 0;
  const measure = async (): Promise<boolean> => {
    const start = local.monotonic();
    const before = local.now();
    const [seconds, microseconds] = await redis.time();
    const after = local.now();
    const tripMs = local.monotonic() - start;
    const isSteady = Math.abs(after - before - tripMs) < LONGEST_TRIP_MS;
    if (tripMs > LONGEST_TRIP_MS || !isSteady) return false;
    const redisNow = Number(seconds) * 1000 + Number(microseconds) / 1000;
    offsetMs = Math.round(redisNow - (before + after) / 2);
    return true;
  };
  let tries = 0;
  while (!(await measure())) {
    tries += 1;
    if (tries === TRIES) throw new RedisError('Redis takes more than a second for each answer.');
  }
  return {
    now: () => local.now() + offsetMs,
    monotonic: () => local.monotonic(),
    sleep: (ms, signal) => local.sleep(ms, signal),
    get offsetMs() {
      return offsetMs;
    },
    measure,
  };
}
