import type { FastifyRequest } from 'fastify';
import type { StatusDeps } from '../producer/status-deps.ts';
import type { ImsClient } from '../shared/cloud/ims/ims-answers.ts';
import type { OtherClouds } from '../shared/cloud/other-clouds.ts';
import type { Sessions } from '../shared/cloud/session/session.ts';
import type { DashboardConfig } from '../shared/config/dashboard-config.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Exposed } from '../shared/metrics/prometheus.ts';
import type { Queues } from '../shared/queues/queues.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { mayChange } from './access/decide-access.ts';
import { Tasks } from './actions/tasks.ts';
import { basePath } from './addresses.ts';
import { BatchIndexes } from './live/batch-index.ts';
import { LivePages } from './live/live-pages.ts';
import { ProjectWatch } from './live/project-watch.ts';
import type { Inbox } from './pages/empty-state.ts';
import type { Viewer } from './pages/page-frame.ts';

/** What a dashboard needs from outside. */
export interface DashboardDeps extends StatusDeps {
  readonly config: DashboardConfig;
  readonly redis: RedisConnection;
  readonly queues: Queues;
  readonly time: FleetClock;
  readonly lockMs: number;
  readonly log: Logger;
  /** Metrics of this process, exposed together with those of the project. */
  readonly metrics?: readonly Exposed[];
  /** The folder that this process takes manifests from; absent: it takes none. */
  readonly inbox?: Inbox;
  /** Part of the ids of traces. */
  readonly namespace?: string;
  /** The cloud's console, at its images; absent: not known. */
  readonly consoleUrl?: string;
  /** Absent: no cloud login is set, and held images cannot be resolved here. */
  readonly cloud?: {
    readonly ims: ImsClient;
    readonly sessions: Sessions;
    /** Where copies of its images may be. */
    readonly others?: OtherClouds;
  };
}

/** What all routes of one dashboard share. */
export type DashboardContext = ReturnType<typeof createContext>;

export function createContext(deps: DashboardDeps) {
  const live = new LivePages(deps.clock);
  const tasks = new Tasks(deps.clock);
  const canChange = mayChange(deps.config);
  const canResolve = canChange && deps.cloud !== undefined;
  return {
    deps,
    at: basePath(deps.config.basePath),
    live,
    tasks,
    watch: new ProjectWatch(deps),
    indexes: new BatchIndexes(deps),
    viewer: ({ ferryUser: user, ferrySession: canLogOut }: FastifyRequest): Viewer => ({
      user,
      mayChange: canChange,
      mayResolve: canResolve,
      canLogOut,
    }),
    close: async () => void (await Promise.all([live.close(), tasks.close()])),
  };
}
