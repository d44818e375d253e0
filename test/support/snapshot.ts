import type { Redis } from 'ioredis';
import { redisFellBack } from './recorded-history.ts';

/** Puts Redis back to the moment at which the snapshot was taken. */
type Restore = () => Promise<void>;

/** Remembers every key. Going back is one transaction, as a restored backup would appear. */
export async function takeSnapshot(redis: Redis): Promise<Restore> {
  const keys = await redis.keys('*');
  const dumps = await Promise.all(
    keys.map(async (key) => ({
      key,
      dump: await redis.dumpBuffer(key),
      ttl: Math.max(0, await redis.pttl(key)),
    })),
  );
  return async () => {
    redisFellBack();
    const transaction = redis.multi().flushall();
    for (const { key, dump, ttl } of dumps) {
      if (dump !== null) transaction.restore(key, ttl, dump, 'REPLACE');
    }
    await transaction.exec();
  };
}
