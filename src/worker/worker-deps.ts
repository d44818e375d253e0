import type { ImsClient } from '../shared/cloud/ims/ims-answers.ts';
import type { Sessions } from '../shared/cloud/session/session.ts';
import type { Config } from '../shared/config/config.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { GuardStore } from '../shared/ledger/guard-store.ts';
import type { ImportStore } from '../shared/ledger/import-store.ts';
import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import type { Queues } from '../shared/queues/queues.ts';
import type { Fitness } from '../shared/redis/redis-fitness.ts';
import type { Random } from '../shared/runtime/random.ts';
import type { Traces } from '../shared/tracing/traces.ts';
import type { GenerationWatch } from './generation.ts';
import type { Intents } from './intents.ts';
import type { SharedLookUps } from './look-up.ts';
import type { PermissionRefusals } from './permission-refusals.ts';
import type { RequestPace } from './request-pace.ts';

/** Everything a worker works with. Functions take the parts they use. */
export interface WorkerDeps {
  readonly config: Config;
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
  readonly generation: GenerationWatch;
  readonly intents: Intents;
  /** Nothing is created while this reports a problem with Redis. */
  readonly fitness: Fitness;
  readonly pace: RequestPace;
  /** Look-ups of imports that fail together. */
  readonly lookUps: SharedLookUps;
  readonly refusals: PermissionRefusals;
  readonly queues: Queues;
  readonly ims: ImsClient;
  readonly sessions: Sessions;
  /** The enterprise project whose images lists show; absent: every one the user may see. */
  readonly enterpriseProjectId?: string;
  readonly clock: FleetClock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** Names this process among all workers. */
  readonly workerId: string;
  /** Aborted when the worker has to stop: no POST starts after that. */
  readonly stopping: AbortSignal;
}
