import type { Redis } from 'ioredis';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { until } from './until.ts';

/**
 * Resolves after a number of maintenance cycles (a quarter of the lock each) of the living workers, or
 * when it is `over`: a wait that stretches with the machine.
 */
export async function maintenanceCycles(
  redis: Redis,
  { namespace, count, over }: { namespace: string; count: number; over: () => boolean },
): Promise<void> {
  const { workers } = ledgerKeys(namespace);
  let seen = '';
  let cycles = -1;
  await until(async () => {
    const now = (await redis.zrange(workers, '0', '-1', 'WITHSCORES')).join();
    if (now !== seen) cycles += 1;
    seen = now;
    return over() || cycles >= count;
  });
}
