import type { FleetClock } from '../../shared/ledger/fleet-clock.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import type { Queues } from '../../shared/queues/queues.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { BasePath } from '../base-path.ts';

export interface BoardDeps {
  readonly queues: Queues;
  readonly ledger: ImportStore;
  readonly redis: RedisConnection;
  readonly clock: Clock;
  readonly time: FleetClock;
  readonly lockMs: number;
  readonly at: BasePath;
  /** Without it every button is away, and refused. */
  readonly mayChange: boolean;
  /** Told of every button that was pressed. */
  readonly audit: (line: Pressed) => void;
}

export interface Pressed {
  readonly user: string;
  /** `PUT /queues/api/queues/image-submit/…/retry` */
  readonly action: string;
  /** HTTP status of the answer. */
  readonly status: number;
}
