import type { FastifyRequest } from 'fastify';
import { mayChange } from './access/decide-access.ts';
import { Tasks } from './actions/tasks.ts';
import { type BasePath, basePath } from './base-path.ts';
import type { DashboardDeps } from './dashboard-deps.ts';
import { BatchIndexes } from './live/batch-indexes.ts';
import { LivePages } from './live/live-pages.ts';
import { ProjectWatch } from './live/project-watch.ts';
import type { Viewer } from './pages/page-frame.ts';

/** What all routes of one dashboard share. */
export interface Site {
  readonly deps: DashboardDeps;
  readonly at: BasePath;
  readonly watch: ProjectWatch;
  readonly indexes: BatchIndexes;
  readonly tasks: Tasks;
  readonly live: LivePages;
  viewer(request: FastifyRequest): Viewer;
  close(): Promise<void>;
}

export function createSite(deps: DashboardDeps): Site {
  const feed = deps.ledger.changes;
  const live = new LivePages(deps.clock);
  const tasks = new Tasks(deps.clock);
  const canChange = mayChange(deps.config);
  return {
    deps,
    at: basePath(deps.config.basePath),
    live,
    tasks,
    watch: new ProjectWatch({ ...deps, feed }),
    indexes: new BatchIndexes(deps, feed),
    viewer: ({ ferryUser }) => ({ user: ferryUser, mayChange: canChange }),
    close: async () => {
      await Promise.all([live.close(), tasks.close()]);
    },
  };
}
