import { join } from 'node:path';
import { type ListenAt, refuseOpen } from '../dashboard/start-dashboard.ts';
import type { WatchOptions } from '../producer/watch/watch-deps.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { DashboardConfig } from '../shared/config/dashboard-config.ts';
import { ConfigError, EXIT, type ExitCode, FerryError } from '../shared/errors/errors.ts';
import { createLogger, type Logger } from '../shared/log/logger.ts';
import { createMetrics, type Exposed } from '../shared/metrics/prometheus.ts';
import { openLastingRedis } from '../shared/redis/lasting-redis.ts';
import { atMost, systemClock } from '../shared/runtime/clock.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { createShutdown, type Shutdown } from '../shared/runtime/shutdown.ts';
import { serveDashboard } from './dashboard.ts';
import type { Io } from './io.ts';
import { type OpenLedger, waitForLedger } from './open-ledger.ts';
import { startAll } from './start-all.ts';
import { requireFolder, watchOn } from './watch.ts';

export interface UpOptions extends WatchOptions {
  /** Where the embedded Redis keeps its data. @default `redis` in the state folder */
  readonly data?: string;
  /** Where the dashboard listens. */
  readonly at: ListenAt;
}

interface UpEnv {
  readonly config: Config;
  readonly cloud?: CloudConfig;
  readonly dashboard: DashboardConfig;
  readonly io: Io;
}

/** `up FOLDER`: watch, work and dashboard in one process, with a Redis of its own if none is named. */
export async function up(options: UpOptions, env: UpEnv): Promise<ExitCode> {
  await requireFolder(options.folder);
  refuseOpen(env.dashboard, options.at.host);
  const shutdown = createShutdown();
  const log = createLogger(env.config.logLevel, env.io.log);
  try {
    const config = await withRedis(options, { ...env, shutdown });
    const open = await waitForLedger(config, env.io);
    if (!open) return EXIT.ok;
    shutdown.add('ledger', async () => void (await open.close()));
    await runAll(options, { ...env, config, open, log, shutdown });
    return EXIT.ok;
  } finally {
    for (const problem of await shutdown.run()) log.warn({ problem }, 'not closed in time');
  }
}

/** The settings, with the address of the embedded Redis where the environment names none. */
async function withRedis(
  options: UpOptions,
  { config, io, shutdown }: UpEnv & { readonly shutdown: Shutdown },
): Promise<Config> {
  if (io.env['REDIS_URL']) return config;
  const folder = options.data ?? (config.stateDir && join(config.stateDir, 'redis'));
  if (folder === undefined || folder === '') {
    throw new ConfigError(
      ['There is no place for the data of the embedded Redis: HOME is not set.'],
      'Name one with --data, or set REDIS_URL to a Redis that is running.',
    );
  }
  const path = io.env['PATH'];
  const redis = await openLastingRedis({ folder, path, clock: systemClock, random: systemRandom });
  shutdown.add('redis', () => redis.close());
  io.err(`The embedded Redis keeps its data in ${redis.folder}`);
  return { ...config, redisUrl: redis.url };
}

interface Everything extends UpEnv {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

async function runAll(options: UpOptions, env: Everything): Promise<void> {
  const { config, cloud, io, open, log, shutdown } = env;
  const failed = new AbortController();
  const fatal = Promise.withResolvers<never>();
  const { metrics, exposed } = createMetrics(systemClock);
  const onFatal = fatal.reject;
  await openDashboard(options.at, { ...env, exposed });
  // Manifests are taken, and all of it can be looked at, while IAM is waited for.
  const starting = startAll(
    { config, ...(cloud && { cloud }) },
    { open, log, metrics, io, onFatal },
  );
  const failing = starting.then(() => fatal.promise);
  failing.catch(() => undefined);
  shutdown.add('workers', async () => {
    const closed = starting.then((workers) => workers.close()).catch(() => undefined);
    await atMost(systemClock, CLOSE_MS, closed);
  });
  const stop = AbortSignal.any([io.stop, failed.signal]);
  const watching = watchOn(options, { open, log, stop, config, io });
  shutdown.add('watch', () => watching);
  try {
    await Promise.race([watching, failing]);
  } finally {
    failed.abort();
  }
}

/** What cannot be looked at goes on nevertheless. */
async function openDashboard(
  at: ListenAt,
  env: Everything & { readonly exposed: Exposed },
): Promise<void> {
  const { io } = env;
  try {
    const { url } = await serveDashboard(at, env, { ...env, metrics: [env.exposed] });
    io.err(`Dashboard: ${url}`);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    io.err(`No dashboard: ${error.message} ${error.advice ?? ''}`);
  }
}

/** A worker that waits for an answer of IMS is left alone; the ledger knows what to take up. */
const CLOSE_MS = 3000;
