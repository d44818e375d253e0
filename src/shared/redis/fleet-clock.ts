import type { Redis } from 'ioredis';
import type { Clock } from '../runtime/clock.ts';

/** A clock that all processes on one Redis agree on, within a round trip. */
export interface FleetClock extends Clock {
  /** Milliseconds that the local clock is behind Redis (negative: ahead). */
  readonly offsetMs: number;
  /** Measures again; a clock that jumped is found out. */
  measure(): Promise<void>;
}

/** The local clock, corrected by Redis' `TIME`. */
export async function createFleetClock(redis: Redis, local: Clock): Promise<FleetClock> {
  let offsetMs = 0;
  const measure = async (): Promise<void> => {
    const before = local.now();
    const [seconds, microseconds] = await redis.time();
    const middle = (before + local.now()) / 2;
    offsetMs = Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - middle);
  };
  await measure();
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
