import { startEmbeddedRedis } from '../../src/shared/redis/embedded-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real Redis of one test file. */
export async function startTestRedis(): Promise<TestRedis> {
  const redis = await startEmbeddedRedis(process.env['PATH'], systemClock);
  return { url: redis.url, stop: () => redis.close() };
}
