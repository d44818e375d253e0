import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { GuardStore } from '../shared/ledger/guard-store.ts';
import type { ImportStore } from '../shared/ledger/import-store.ts';
import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { Fitness } from '../shared/redis/redis-fitness.ts';
import type { Clock } from '../shared/runtime/clock.ts';

/** What everything that shows the state of batches reads from. */
export interface StatusDeps {
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
  readonly clock: Clock;
  /** Absent: the settings of Redis are not checked. */
  readonly fitness?: Fitness;
}
