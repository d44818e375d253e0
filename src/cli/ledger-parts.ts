import { BatchLedger } from '../shared/ledger/batch-ledger.ts';
import { BudgetLedger } from '../shared/ledger/budget-ledger.ts';
import { DurationLedger } from '../shared/ledger/duration-ledger.ts';
import { KnownClouds } from '../shared/ledger/known-clouds.ts';
import { Ledger } from '../shared/ledger/ledger.ts';
import { LedgerGuard } from '../shared/ledger/ledger-guard.ts';
import { LedgerHealer } from '../shared/ledger/ledger-healer.ts';
import type { LedgerKeys } from '../shared/ledger/ledger-keys.ts';
import { Sightings } from '../shared/ledger/sightings.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { systemClock } from '../shared/runtime/clock.ts';

/** Everything that reads and writes one part of the ledger. */
export type LedgerParts = Readonly<ReturnType<typeof partsOf>>;

export function partsOf(redis: RedisConnection, keys: LedgerKeys) {
  return {
    ledger: new Ledger(redis, keys),
    batches: new BatchLedger(redis, keys),
    guard: new LedgerGuard(redis, keys),
    healer: new LedgerHealer(redis, keys),
    budget: new BudgetLedger(redis, keys),
    durations: new DurationLedger(redis, keys, systemClock),
    sightings: new Sightings(redis, keys),
    clouds: new KnownClouds(redis, keys),
  };
}
