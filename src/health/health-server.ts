import { fastify } from 'fastify';
import { UsageError } from '../shared/errors/errors.ts';
import { addHealth, type HealthDeps } from './add-health.ts';

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Health and metrics of a worker: no page, no login, nothing about single images.
 * @throws UsageError when the port or the address cannot be had
 */
export async function startHealthServer(
  at: { readonly host: string; readonly port: number },
  deps: HealthDeps,
): Promise<HealthServer> {
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
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why = code === 'EADDRINUSE' ? 'it is taken' : code;
    const message = `Cannot listen for health checks at ${at.host}, port ${at.port}: ${why}.`;
    throw new UsageError(message, 'Name another one with --health-port or --health-host.');
  }
}
