import type { FastifyInstance } from 'fastify';
import type { Exposed } from '../shared/metrics/prometheus.ts';
import type { Readiness } from './readiness.ts';

export interface HealthDeps {
  readonly readiness: () => Promise<Readiness>;
  /** Told one after the other; one that cannot be read is left out. */
  readonly metrics: readonly Exposed[];
}

/**
 * `/healthz`: this process answers. `/readyz`: it can do its work, else 503 with the reasons.
 * `/metrics`: for Prometheus.
 */
export function addHealth(app: FastifyInstance, { readiness, metrics }: HealthDeps): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const { reasons, notes } = await readiness();
    const isReady = reasons.length === 0;
    const status = isReady ? 'ready' : 'not ready';
    return reply.code(isReady ? 200 : 503).send({ status, reasons, notes });
  });
  app.get('/metrics', async (_, reply) => {
    const texts = await Promise.all(metrics.map((one) => one.text().catch(() => '')));
    const [first] = metrics;
    reply.type(first?.contentType ?? 'text/plain');
    return texts.join('');
  });
}
