import type { StatusDeps } from '../producer/batch-status.ts';
import type { DashboardConfig } from '../shared/config/dashboard-config.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Exposed } from '../shared/metrics/prometheus.ts';
import type { Queues } from '../shared/queues/queues.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { DashboardCloud } from './actions/batch-actions.ts';

/** What a dashboard works with. */
export interface DashboardDeps extends StatusDeps {
  readonly config: DashboardConfig;
  readonly redis: RedisConnection;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly time: FleetClock;
  readonly lockMs: number;
  readonly log: Logger;
  /** Of this process: told with those of the project. */
  readonly metrics?: readonly Exposed[];
  /** Absent: no login is set, and what is held cannot be settled here. */
  readonly cloud?: DashboardCloud;
}
