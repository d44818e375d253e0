import { fastify } from 'fastify';
import { addHealth } from '../health/health-server.ts';
import { notReady } from '../health/readiness.ts';
import { loadDashboardConfig } from '../shared/config/dashboard-config.ts';
import type { Env } from '../shared/config/env-reader.ts';
import { ConfigError } from '../shared/errors/errors.ts';
import { mayChange } from './access/decide-access.ts';
import { SAFE_HEADERS } from './access/guard.ts';
import { type Dashboard, isLoopback, type ListenAt, listenAt } from './start-dashboard.ts';

const ADVICE =
  'Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD (12 characters or more), and start it again.';

/** Why the dashboard must not be open at this address; `undefined` when it may. */
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
  return `The dashboard is locked: ${issue}. ${ADVICE}`;
}

/**
 * Answers every request with the reason and nothing else: it opens no Redis and knows no batch.
 * A container that ends at once would be started again and again instead.
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
