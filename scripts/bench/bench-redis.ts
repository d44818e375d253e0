import { type PrivateRedis, startPrivateRedis } from '../../src/shared/redis/private-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

const open = new Set<PrivateRedis>();

/** An empty Redis of its own, which also ends when the bench is told to. */
export async function benchRedis(path: string): Promise<PrivateRedis> {
  const redis = await startPrivateRedis(path, systemClock);
  open.add(redis);
  const close = async (): Promise<void> => {
    open.delete(redis);
    await redis.close();
  };
  return { url: redis.url, close };
}

export async function closeRedis(): Promise<void> {
  await Promise.all([...open].map((redis) => redis.close()));
}
