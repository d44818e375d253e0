import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { DashboardConfig } from '../shared/config/dashboard-config.ts';
import { ConfigError, UsageError } from '../shared/errors/errors.ts';
import { mayChange } from './access/decide-access.ts';
import { createDashboard } from './create-dashboard.ts';
import type { DashboardDeps } from './dashboard-deps.ts';

export interface Dashboard {
  readonly url: string;
  close(): Promise<void>;
}

export interface ListenAt {
  /** An address of this machine. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Batches, images, reports and queues in a browser.
 * @throws ConfigError when others could look at it without a login
 * @throws UsageError when the port or the address cannot be had
 */
export async function startDashboard(deps: DashboardDeps, at: ListenAt): Promise<Dashboard> {
  refuseOpen(deps.config, at.host);
  const { url, close } = await listenAt(await createDashboard(deps), at);
  return { url: `${url.slice(0, -1)}${deps.config.basePath ?? ''}/`, close };
}

/** @throws UsageError when the port or the address cannot be had */
export async function listenAt(app: FastifyInstance, at: ListenAt): Promise<Dashboard> {
  try {
    await app.listen(at);
  } catch (error) {
    await app.close();
    throw cannotListen(error, at);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : at.port;
  const shown = isIPv6(at.host) ? `[${at.host}]` : at.host;
  return { url: `http://${shown}:${port}/`, close: () => app.close() };
}

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** @throws ConfigError when others could look at it without a login */
export function refuseOpen(config: DashboardConfig, host: string): void {
  if (isLoopback(host) || mayChange(config)) return;
  throw new ConfigError(
    [`Without a login the dashboard is only there for this machine, not at ${host}.`],
    'Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD, or leave --host away.',
  );
}

function cannotListen(error: unknown, { host, port }: ListenAt): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new UsageError(`Port ${port} is taken.`, 'Name another one with --port.');
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const message = `Cannot listen at ${host}, port ${port} (${code}).`;
    return new UsageError(message, 'Name another one with --host or --port.');
  }
  return error;
}
