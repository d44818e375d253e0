import type { ImsClient, Sessions } from '../shared/cloud/ims/ims-answers.ts';
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
import type { Reason } from '../shared/state/import-state.ts';
import type { Traces } from '../shared/tracing/traces.ts';
import type { InHand } from './follow/in-hand.ts';
import type { SharedLooks } from './follow/shared-looks.ts';
import type { GenerationWatch } from './guard/generation-watch.ts';
import type { Intents } from './guard/intents.ts';
import type { RequestPace } from './pace/request-pace.ts';
import type { PermissionDoubts } from './submit/permission-doubts.ts';

/** What every part of a worker works with. */
export interface WorkerDeps {
  readonly config: Config;
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
  readonly generation: GenerationWatch;
  readonly intents: Intents;
  /** Nothing is created while it says what is wrong with Redis. */
  readonly fitness: Fitness;
  readonly pace: RequestPace;
  /** Look-ups of imports that fail together. */
  readonly looks: SharedLooks;
  readonly doubts: PermissionDoubts;
  readonly queues: Queues;
  readonly ims: ImsClient;
  readonly sessions: Sessions;
  /** Whose images a list shows; absent: all that the user may see. */
  readonly enterpriseProjectId?: string;
  readonly clock: FleetClock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** This process, among all workers. */
  readonly workerId: string;
  /** Aborted when the worker has to stop: no POST begins after that. */
  readonly stopping: AbortSignal;
}

/** What becomes of a queue job after one step. */
export type Step =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'again';
      readonly delayMs: number;
      /** There when the next step is so near that the queue job may stay here. */
      readonly inHand?: InHand;
    }
  /** Back to the front of the queue: somebody else will take it. */
  | { readonly kind: 'put-back' }
  /** The image failed: shown as failed on the dashboard. */
  | { readonly kind: 'failed'; readonly reason: Reason };
