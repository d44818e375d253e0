import type { FastifyInstance } from 'fastify';
import { addHealth } from '../../health/health-server.ts';
import { ledgerReadiness } from '../../health/readiness.ts';
import type { Exposed } from '../../shared/metrics/prometheus.ts';
import { withinPatience } from '../live/within.ts';
import type { Site } from '../site.ts';
import { projectMetrics, readQueueCounts } from './project-metrics.ts';

/** Health, and the metrics of this process and of the whole project. */
export function addMetrics(app: FastifyInstance, site: Site): void {
  addHealth(app, {
    readiness: () => ledgerReadiness(site.deps),
    metrics: [...(site.deps.metrics ?? []), scraped(site)],
  });
}

/** A Redis that is away must not hold back what this process can tell of itself. */
function scraped({ watch, deps }: Site): Exposed {
  const exposed = projectMetrics({
    snapshot: () => watch.snapshot(),
    queueCounts: () => readQueueCounts(deps.queues),
  });
  return { ...exposed, text: () => withinPatience(deps.clock, exposed.text()) };
}
