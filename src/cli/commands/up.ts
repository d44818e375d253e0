import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type ListenAt, refuseOpen } from '../../dashboard/start-dashboard.ts';
import type { WatchOptions } from '../../producer/watch/watch-deps.ts';
import { ownCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import type { Config } from '../../shared/config/config.ts';
import { loadDashboardConfig } from '../../shared/config/dashboard-config.ts';
import { ConfigError, EXIT, type ExitCode, FerryError } from '../../shared/errors/errors.ts';
import { createMetrics } from '../../shared/metrics/prometheus.ts';
import { openLastingRedis } from '../../shared/redis/lasting-redis.ts';
import { atMost, systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import { createShutdown, type Shutdown } from '../../shared/runtime/shutdown.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, setVerify, verifyOption } from '../command.ts';
import type { Io } from '../io.ts';
import { addNotifyOption, type NotifyFlags, withNotify } from '../notify-option.ts';
import { type Env, envOf, waitForLedger } from '../open/open-ledger.ts';
import { startAllWorkers } from '../run-workers.ts';
import { sayFarewell } from '../status/farewell.ts';
import { type Console, type LogFormat, logFormatOption, openConsole } from '../terminal/console.ts';
import { line, styled } from '../terminal/text.ts';
import {
  addListenOptions,
  type DashboardEnv,
  type DashboardSettings,
  serveDashboard,
} from './dashboard.ts';
import { addWatchOptions, requireFolder, type WatchFlags, watchOn, watchOptions } from './watch.ts';

interface UpFlags extends WatchFlags, ListenAt, NotifyFlags {
  readonly data?: string;
  readonly verify?: string;
  readonly logFormat: LogFormat;
}

export function upCommand(command: Command, { io, run }: CommandContext): void {
  addNotifyOption(addListenOptions(addWatchOptions(command)))
    .option('--data <folder>', 'data folder of the embedded Redis')
    .addOption(verifyOption())
    .addOption(logFormatOption())
    .action((folder: string, flags: UpFlags) => {
      setVerify(io, flags.verify);
      return run(up(watchOptions(folder, flags), flags, withNotify(io, flags)));
    });
}

/** Watch, work and dashboard in one process, with its own Redis if none is set. */
async function up(watching: WatchOptions, flags: UpFlags, plainIo: Io): Promise<ExitCode> {
  const { config } = envOf(plainIo);
  const cloud = await ownCloudConfig({ env: plainIo.env, cloud: config.cloud });
  const dashboard = loadDashboardConfig(plainIo.env);
  await requireFolder(watching.folder);
  refuseOpen(dashboard, flags.host);
  const shutdown = createShutdown();
  const view = openConsole(plainIo, { level: config.logLevel, format: flags.logFormat });
  const { io, log } = view;
  try {
    const settings = omitUndefined({
      config: await withRedis(flags.data, { config, io }, shutdown),
      cloud,
      dashboard,
    });
    const open = await waitForLedger(settings.config, io);
    if (!open) return EXIT.ok;
    shutdown.add('ledger', async () => void (await open.close()));
    await runAll(watching, flags, { ...settings, io, open, log, shutdown, view });
    return EXIT.ok;
  } finally {
    for (const problem of await shutdown.run()) log.warn({ problem }, 'not closed in time');
  }
}

/** The settings, with the address of an embedded Redis where the environment names none. */
async function withRedis(
  data: string | undefined,
  { config, io }: Env,
  shutdown: Shutdown,
): Promise<Config> {
  if (io.env['REDIS_URL']) return config;
  const folder = data ?? (config.stateDir && join(config.stateDir, 'redis'));
  if (!folder) {
    throw new ConfigError(
      ['There is no folder for the data of the embedded Redis: HOME is not set.'],
      'Name one with --data, or set REDIS_URL to a running Redis.',
    );
  }
  const path = io.env['PATH'];
  const redis = await openLastingRedis({ folder, path, clock: systemClock, random: systemRandom });
  shutdown.add('redis', () => redis.close());
  io.err(`The embedded Redis keeps its data in ${redis.folder}`);
  return { ...config, redisUrl: redis.url };
}

type Everything = DashboardSettings &
  Omit<DashboardEnv, 'metrics'> & { readonly io: Io; readonly view: Console };

/** A worker that waits for a response from IMS is not waited for: the ledger knows how to resume. */
const CLOSE_MS = 3000;

async function runAll(options: WatchOptions, at: ListenAt, env: Everything): Promise<void> {
  const { open, log, io, shutdown, config, cloud } = env;
  const { metrics, exposed } = createMetrics(systemClock);
  const page = await openDashboard(at, {
    ...env,
    inbox: resolve(options.folder),
    metrics: [exposed],
  });
  const fatal = Promise.withResolvers<never>();
  // Manifests are accepted and the dashboard works while the workers still wait for IAM.
  const starting = startAllWorkers(omitUndefined({ config, cloud }), {
    ...{ open, log, metrics, io },
    onFatal: fatal.reject,
  });
  const failing = starting.then(() => fatal.promise);
  failing.catch(() => undefined);
  shutdown.add('workers', async () => {
    const closed = starting.then((workers) => workers.close()).catch(() => undefined);
    await atMost(systemClock, CLOSE_MS, closed);
  });
  env.view.show(open, () =>
    line(styled('bold', 'ims-ferry up'), '   Dashboard: ', page ? styled('cyan', page) : 'none'),
  );
  shutdown.add('view', () => endView(options, env));
  const ended = new AbortController();
  const stop = AbortSignal.any([io.stop, ended.signal]);
  const watching = watchOn(options, { open, log, stop, config, io });
  shutdown.add('watch', () => watching);
  try {
    await Promise.race([watching, failing]);
  } finally {
    ended.abort();
  }
}

/** After Ctrl-C: what continues in IMS. */
async function endView({ folder }: WatchOptions, { view, open, io }: Everything): Promise<void> {
  await view.end();
  const hasOwnRedis = !io.env['REDIS_URL'];
  await sayFarewell(open, view, {
    again: `ims-ferry up ${shellQuoted(folder)}`,
    hasOwnRedis,
    isWorker: true,
  });
}

/** Its address; everything else also works without a dashboard. */
async function openDashboard(
  at: ListenAt,
  env: Everything & DashboardEnv,
): Promise<string | undefined> {
  const { io } = env;
  try {
    const { url } = await serveDashboard(at, env, env);
    io.err(`Dashboard: ${url}`);
    return url;
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    io.err(`No dashboard: ${error.message} ${error.advice ?? ''}`);
    return undefined;
  }
}
