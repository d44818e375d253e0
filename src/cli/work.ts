import { ledgerReadiness } from '../health/ledger-readiness.ts';
import { notReady } from '../health/readiness.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import { safeRedisUrl } from '../shared/config/redis-url.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { createLogger, type Logger } from '../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { atMost, LATE, untilAborted } from '../shared/runtime/waiting.ts';
import { watchGeneration } from '../worker/guard/generation-watch.ts';
import { type RunningWorker, startWorker, type WorkerWiring } from '../worker/start-worker.ts';
import type { Io } from './io.ts';
import { openCloud } from './open-cloud.ts';
import { type OpenLedger, waitForLedger } from './open-ledger.ts';
import { openHealth, type WorkerHealth } from './worker-health.ts';

export interface WorkOptions {
  readonly config: Config;
  readonly cloud: CloudConfig;
  readonly heartbeatFile?: string;
  /** Where health and metrics are told; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
}

/** After this the process ends, whatever is still open; the ledger knows what to take up. */
const CLOSE_MS = 3500;
const LAST_MS = 500;

/** `work`: runs a worker until SIGTERM; ends with 3 when IAM refuses the login. */
export async function work(options: WorkOptions, io: Io): Promise<ExitCode> {
  const log = createLogger(options.config.logLevel);
  const health = await openHealth(options.health, log);
  try {
    const open = await waitForLedger(options.config, io);
    return open ? await workOn(options, { open, log, health, io }) : EXIT.ok;
  } finally {
    await health.close();
  }
}

interface Working {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly health: WorkerHealth;
  readonly io: Io;
}

async function workOn(options: WorkOptions, env: Working): Promise<ExitCode> {
  const { open, log, health, io } = env;
  const fatal = Promise.withResolvers<Error>();
  health.is(() => Promise.resolve(notReady('STARTING', 'Logging in.')));
  try {
    const { metrics } = health;
    const worker = await startWorkerOn(options, { open, log, metrics, onFatal: fatal.resolve });
    health.is(() => ledgerReadiness(open));
    const failure = await Promise.race([fatal.promise, untilAborted(io.stop)]);
    health.is(() => Promise.resolve(notReady('STOPPING', 'This worker was told to end.')));
    log.info('worker stopping');
    const closed = await inTime(worker.close(), CLOSE_MS, open);
    if (!closed) log.warn('worker did not close in time; another worker takes up what is open');
    if (!failure) return EXIT.ok;
    throw failure;
  } finally {
    await inTime(open.close(), LAST_MS, open);
  }
}

interface On {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly onFatal: (error: Error) => void;
}

/** Wires a worker to an open ledger and starts it; also used by `demo`. */
export async function startWorkerOn(options: WorkOptions, on: On): Promise<RunningWorker> {
  return startWorker(await wireWorker(options, on));
}

/** Everything that a worker works with, over an open ledger. */
export async function wireWorker(options: WorkOptions, on: On): Promise<WorkerWiring> {
  const { config, heartbeatFile } = options;
  const { open, log, onFatal, metrics = NO_METRICS } = on;
  const { ims, sessions } = openCloud(options, open, { log, metrics });
  const { ledger, batches, project, guard, queues, clock, traces } = open;
  const workerId = systemRandom.id(9);
  const { authUrl, project: its } = options.cloud;
  const account = `${authUrl} ${its?.id ?? its?.name}`;
  const generation = await watchGeneration({
    ledger: `${safeRedisUrl(config.redisUrl)} ${config.namespace} ${account}`,
    workerId,
    log,
    ...(config.stateDir === undefined ? {} : { folder: config.stateDir }),
  });
  const parts = {
    ledger,
    batches,
    project,
    guard,
    queues,
    traces,
    clock,
    ims,
    sessions,
    generation,
  };
  return {
    deps: { ...parts, config, log, metrics, workerId, random: systemRandom },
    connect: open.connect,
    onReconnect: open.onReconnect,
    onFatal,
    ...(heartbeatFile === undefined ? {} : { heartbeatFile }),
  };
}

/** True when it was done within `ms`. */
async function inTime(closing: Promise<unknown>, ms: number, open: OpenLedger): Promise<boolean> {
  const done = closing.catch(() => undefined);
  return (await atMost(open.clock, ms, done)) !== LATE;
}
