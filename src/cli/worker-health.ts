import { notReady, type Readiness } from '../health/readiness.ts';
import type { Logger } from '../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { createMetrics } from '../shared/metrics/prometheus.ts';
import { systemClock } from '../shared/runtime/clock.ts';

/** What a worker tells of itself, from its first moment on. */
export interface WorkerHealth {
  readonly metrics: Metrics;
  /** From now on it is as this says. */
  is(readiness: () => Promise<Readiness>): void;
  close(): Promise<void>;
}

/** Answers before Redis does: an orchestrator asks while a worker still waits for it. */
export async function openHealth(
  at: { readonly host: string; readonly port: number } | undefined,
  log: Logger,
): Promise<WorkerHealth> {
  let readiness = (): Promise<Readiness> =>
    Promise.resolve(notReady('REDIS', 'Waiting for Redis.'));
  const is = (now: () => Promise<Readiness>): void => {
    readiness = now;
  };
  if (at === undefined) return { metrics: NO_METRICS, is, close: async () => undefined };
  const { metrics, exposed } = createMetrics(systemClock);
  const { startHealthServer } = await import('../health/health-server.ts');
  const deps = { readiness: () => readiness(), metrics: [exposed] };
  const server = await startHealthServer(at, deps);
  log.info({ url: server.url }, 'health and metrics are told here');
  return { metrics, is, close: () => server.close() };
}
