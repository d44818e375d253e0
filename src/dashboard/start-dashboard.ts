import { isIPv6 } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { addHealth } from '../health/health-server.ts';
import { notReady } from '../health/readiness.ts';
import { type DashboardConfig, loadDashboardConfig } from '../shared/config/dashboard-config.ts';
import type { Env } from '../shared/config/env-reader.ts';
import { isLoopback } from '../shared/config/values.ts';
import { cannotListen } from '../shared/errors/cannot-listen.ts';
import { ConfigError } from '../shared/errors/errors.ts';
import { mayChange } from './access/decide-access.ts';
import { SAFE_HEADERS } from './access/guard.ts';
import type { DashboardDeps } from './context.ts';
import { createDashboard } from './create-dashboard.ts';

export interface Dashboard {
  readonly url: string;
  close(): Promise<void>;
}

export interface ListenAt {
  /** An address of this machine. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * Batches, images, reports and queues in a browser.
 * @throws ConfigError when others could see it without a login
 * @throws UsageError when it cannot listen at this address or port
 */
export async function startDashboard(deps: DashboardDeps, at: ListenAt): Promise<Dashboard> {
  refuseOpen(deps.config, at.host);
  const { url, close } = await listenAt(await createDashboard(deps), at);
  return { url: `${url.slice(0, -1)}${deps.config.basePath ?? ''}/`, close };
}

/** @throws ConfigError when others could see it without a login */
export function refuseOpen(config: DashboardConfig, host: string): void {
  if (isLoopback(host) || mayChange(config)) return;
  throw new ConfigError(
    [`Without a login the dashboard is read-only and listens on localhost only, not at ${host}.`],
    'Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD, or omit --host.',
  );
}

/** Why the dashboard must not be open at this address; `undefined` when it may be. */
export function whyLocked(env: Env, host: string): string | undefined {
  try {
    if (isLoopback(host) || mayChange(loadDashboardConfig(env))) return undefined;
    return lockedBy('no login is set');
  } catch (error) {
    if (error instanceof ConfigError) return lockedBy(error.issues.join('; '));
    throw error;
  }
}

function lockedBy(issue: string): string {
  return `The dashboard is locked: ${issue}. Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD (12 characters or more), and restart it.`;
}

/**
 * Answers every request with the reason and nothing else: it opens no Redis and knows no batch.
 * A container that exits instead would be restarted in a loop.
 */
export async function startLockedDashboard(reason: string, at: ListenAt): Promise<Dashboard> {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (_, reply) => void reply.headers(SAFE_HEADERS));
  addHealth(app, {
    readiness: () => Promise.resolve(notReady('LOCKED', reason)),
    metrics: [],
  });
  app.setNotFoundHandler((_, reply) =>
    reply.code(503).type('text/plain; charset=utf-8').send(`${reason}\n`),
  );
  return listenAt(app, at);
}

/** @throws UsageError when it cannot listen at this address or port */
async function listenAt(app: FastifyInstance, at: ListenAt): Promise<Dashboard> {
  try {
    await app.listen(at);
  } catch (error) {
    await app.close();
    throw cannotListen(error, at);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : at.port;
  const host = isIPv6(at.host) ? `[${at.host}]` : at.host;
  return { url: `http://${host}:${port}/`, close: () => app.close() };
}
