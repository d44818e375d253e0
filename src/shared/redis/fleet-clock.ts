import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { isCluster, type RedisConnection } from './redis-connection.ts';

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
const TIME = "return redis.call('TIME')";

/** Of a cluster by the server that holds our keys: the others' clocks are their own. */
async function timeOf(redis: RedisConnection, key: string): Promise<readonly unknown[]> {
  if (!isCluster(redis)) return redis.time();
  return (await redis.eval(TIME, 1, key)) as readonly unknown[];
}

/**
 * The local clock, corrected by Redis' `TIME`.
 * @param key any of ours: it says which server of a cluster counts
 * @throws RedisError when Redis never answers within a second
 */
export async function createFleetClock(
  redis: RedisConnection,
  local: Clock,
  key = 'clock',
): Promise<FleetClock> {
  let offsetMs = 0;
  const measure = async (): Promise<boolean> => {
    const start = local.monotonic();
    const before = local.now();
    const [seconds, microseconds] = await timeOf(redis, key);
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
