import type { RedisConnection } from '../redis/redis-connection.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { BatchStore } from './batch-store.ts';
import { GuardStore } from './guard-store.ts';
import { ImportStore } from './import-store.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { ProjectStore } from './project-store.ts';

/** The ledger: everything in Redis but the queues and the tokens. */
export interface Stores {
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
}

export function openStores(
  redis: RedisConnection,
  keys: LedgerKeys,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Stores {
  return {
    ledger: new ImportStore(redis, keys),
    batches: new BatchStore(redis, keys),
    project: new ProjectStore(redis, keys, clock),
    guard: new GuardStore(redis, keys),
  };
}
