import type { Command } from 'commander';
import { mayChange } from '../../dashboard/access/decide-access.ts';
import {
  type Dashboard,
  type ListenAt,
  refuseOpen,
  startDashboard,
  startLockedDashboard,
  whyLocked,
} from '../../dashboard/start-dashboard.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import { findCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import type { Config } from '../../shared/config/config.ts';
import { type DashboardConfig, loadDashboardConfig } from '../../shared/config/dashboard-config.ts';
import { isLoopback } from '../../shared/config/values.ts';
import { consoleOf, placeOf } from '../../shared/dialect/regions.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { createMetrics, type Exposed } from '../../shared/metrics/prometheus.ts';
import { systemClock, untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { createShutdown, type Shutdown } from '../../shared/runtime/shutdown.ts';
import { type CommandContext, portNumber } from '../command.ts';
import type { Io } from '../io.ts';
import { openCloud } from '../open/open-cloud.ts';
import { envOf, type OpenLedger, waitForLedger } from '../open/open-ledger.ts';
import { createOtherClouds } from '../open/other-clouds.ts';
import { type LogFormat, logFormatOption, openConsole } from '../terminal/console.ts';

interface DashboardFlags extends ListenAt {
  readonly logFormat: LogFormat;
  readonly lockedWithoutLogin?: true;
}

export function dashboardCommand(command: Command, { io, run }: CommandContext): void {
  addListenOptions(command)
    .option(
      '--locked-without-login',
      'without a login, show only how to set one instead of refusing to start',
    )
    .addOption(logFormatOption())
    .action(({ lockedWithoutLogin, logFormat, ...at }: DashboardFlags) => {
      const reason = lockedWithoutLogin ? whyLocked(io.env, at.host) : undefined;
      if (reason !== undefined) return run(lockedDashboard(at, reason, io));
      return run(dashboard(at, logFormat, io));
    });
}

/** Where the dashboard listens; `up` has the same options. */
export function addListenOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port of the dashboard; 0 picks a free one', portNumber, 9300)
    .option(
      '--host <host>',
      'address of the dashboard; any but loopback needs a login',
      '127.0.0.1',
    );
}

export interface DashboardSettings {
  readonly config: Config;
  readonly dashboard: DashboardConfig;
  /** Absent: held images cannot be resolved from a page. */
  readonly cloud?: CloudConfig;
  /** The folder that this process takes manifests from. */
  readonly inbox?: string;
}

/** Batches, images and queues in a browser, until SIGTERM. */
async function dashboard(at: ListenAt, format: LogFormat, plainIo: Io): Promise<ExitCode> {
  const { config } = envOf(plainIo);
  const { io, log } = openConsole(plainIo, { level: config.logLevel, format });
  const cloud = await findCloudConfig({ env: io.env, cloud: config.cloud });
  const settings = omitUndefined({ config, cloud, dashboard: loadDashboardConfig(io.env) });
  refuseOpen(settings.dashboard, at.host);
  const shutdown = createShutdown();
  try {
    const open = await waitForLedger(config, io, true);
    if (!open) return EXIT.ok;
    shutdown.add('ledger', async () => void (await open.close()));
    const { metrics, exposed } = createMetrics(systemClock);
    open.fitness.listen(({ unfit }) => metrics.redisUnfit(unfit?.code));
    const { url } = await serveDashboard(at, settings, {
      ...{ io, open, log, shutdown },
      metrics: [exposed],
    });
    io.err(`Dashboard: ${url}${accessNote(at, settings.dashboard)}`);
    await untilAborted(io.stop);
    return EXIT.ok;
  } finally {
    for (const problem of await shutdown.run()) log.warn({ problem }, 'not closed in time');
  }
}

/** Without a login: a page that explains how to set one, until SIGTERM. */
async function lockedDashboard(at: ListenAt, reason: string, io: Io): Promise<ExitCode> {
  const { close } = await startLockedDashboard(reason, at);
  io.err(reason);
  await untilAborted(io.stop);
  await close();
  return EXIT.ok;
}

export interface DashboardEnv {
  readonly io: Pick<Io, 'env'>;
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Metrics of this process. */
  readonly metrics: readonly Exposed[];
}

/** Starts the dashboard over an open ledger; also used by `up`. */
export async function serveDashboard(
  at: ListenAt,
  settings: DashboardSettings,
  { io: { env }, open, log, shutdown, metrics }: DashboardEnv,
): Promise<Dashboard> {
  const { config, cloud, inbox } = settings;
  const own = cloud && openCloud({ config, cloud }, open, { log });
  const opened = own && { ...own, others: createOtherClouds({ config, env, open, log }) };
  if (opened) {
    shutdown.add('cloud', () => opened.close());
    shutdown.add('other clouds', () => opened.others.close());
  }
  const place = cloud && placeOf(cloud.authUrl, cloud.region);
  const deps = omitUndefined({
    ...{ ...open, config: settings.dashboard, log, metrics, cloud: opened },
    namespace: config.namespace,
    consoleUrl: place && consoleOf(place),
    inbox: inbox === undefined ? undefined : { folder: inbox },
  });
  const served = await startDashboard(deps, at);
  shutdown.add('dashboard', () => served.close());
  return served;
}

function accessNote(at: ListenAt, config: DashboardConfig): string {
  if (!mayChange(config)) return ' (read-only; set a login to allow changes)';
  return isLoopback(at.host) ? '' : ' (plain HTTP: put TLS in front, or passwords travel in clear)';
}
