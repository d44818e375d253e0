import { type FastifyInstance, fastify } from 'fastify';
import { codeOf } from '../shared/errors/error-code.ts';
import { UsageError } from '../shared/errors/errors.ts';
import type { Exposed } from '../shared/metrics/prometheus.ts';
import type { Readiness } from './readiness.ts';

interface HealthDeps {
  readonly readiness: () => Promise<Readiness>;
  /** Joined one after the other; one that cannot be read is left out. */
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

/**
 * Health and metrics of a worker: no page, no login, nothing about single images.
 * @throws UsageError when the port or the address is not available
 */
export async function startHealthServer(
  at: { readonly host: string; readonly port: number },
  deps: HealthDeps,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });
  addHealth(app, deps);
  try {
    const url = await app.listen(at);
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    const code = codeOf(error) ?? 'unknown';
    const why = code === 'EADDRINUSE' ? 'it is in use' : code;
    const message = `Cannot listen for health checks at ${at.host}, port ${at.port}: ${why}.`;
    throw new UsageError(message, 'Choose another one with --health-port or --health-host.');
  }
}
