import { mayChange } from '../dashboard/access/decide-access.ts';
import {
  type Dashboard,
  type ListenAt,
  refuseOpen,
  startDashboard,
  startLockedDashboard,
} from '../dashboard/start-dashboard.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { DashboardConfig } from '../shared/config/dashboard-config.ts';
import { isLoopback } from '../shared/config/loopback.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { createLogger, type Logger } from '../shared/log/logger.ts';
import { createMetrics, type Exposed } from '../shared/metrics/prometheus.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import { createShutdown, type Shutdown } from '../shared/runtime/shutdown.ts';
import { untilAborted } from '../shared/runtime/waiting.ts';
import type { Io } from './io.ts';
import { openCloud } from './open-cloud.ts';
import { type OpenLedger, waitForLedger } from './open-ledger.ts';

export interface DashboardSettings {
  readonly config: Config;
  readonly dashboard: DashboardConfig;
  /** Absent: what is held cannot be settled from a page. */
  readonly cloud?: CloudConfig;
}

/** `dashboard`: batches, images and queues in a browser, until it is told to end. */
export async function dashboard(
  at: ListenAt,
  settings: DashboardSettings,
  io: Io,
): Promise<ExitCode> {
  refuseOpen(settings.dashboard, at.host);
  const log = createLogger(settings.config.logLevel, io.log);
  const shutdown = createShutdown();
  try {
    const open = await waitForLedger(settings.config, io, true);
    if (!open) return EXIT.ok;
    shutdown.add('ledger', async () => void (await open.close()));
    const { metrics, exposed } = createMetrics(systemClock);
    open.fitness.listen(({ unfit }) => metrics.redisUnfit(unfit?.code));
    const on = { open, log, shutdown, metrics: [exposed] };
    const { url } = await serveDashboard(at, settings, on);
    io.err(`Dashboard: ${url}${howOpen(at, settings.dashboard)}`);
    await untilAborted(io.stop);
    return EXIT.ok;
  } finally {
    for (const problem of await shutdown.run()) log.warn({ problem }, 'not closed in time');
  }
}

/** The same without a login: says how to set one to whoever asks, until it is told to end. */
export async function lockedDashboard(at: ListenAt, reason: string, io: Io): Promise<ExitCode> {
  const { close } = await startLockedDashboard(reason, at);
  io.err(reason);
  await untilAborted(io.stop);
  await close();
  return EXIT.ok;
}

interface On {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Of this process. */
  readonly metrics: readonly Exposed[];
}

/** Starts it over an open ledger; also used by `up`. */
export async function serveDashboard(
  at: ListenAt,
  settings: DashboardSettings,
  { open, log, shutdown, metrics }: On,
): Promise<Dashboard> {
  const { config, cloud } = settings;
  const opened = cloud && openCloud({ config, cloud }, open, { log });
  if (opened) shutdown.add('cloud', () => opened.close());
  const deps = { ...open, config: settings.dashboard, log, metrics };
  const served = await startDashboard(opened ? { ...deps, cloud: opened } : deps, at);
  shutdown.add('dashboard', () => served.close());
  return served;
}

/** What a person should know about who can look. */
function howOpen(at: ListenAt, config: DashboardConfig): string {
  if (!mayChange(config)) return ' (to be looked at only; a login allows changes, see README)';
  return isLoopback(at.host) ? '' : ' (plain HTTP: put TLS in front, or passwords travel in clear)';
}
