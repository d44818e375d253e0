import type { Command } from 'commander';
import { ledgerReadiness, notReady, type Readiness } from '../../health/readiness.ts';
import { ownCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../../shared/metrics/metrics.ts';
import { createMetrics } from '../../shared/metrics/prometheus.ts';
import { atMost, LATE, systemClock, untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type CommandContext, portNumber, setVerify, verifyOption } from '../command.ts';
import type { Io } from '../io.ts';
import { addNotifyOption, type NotifyFlags, withNotify } from '../notify-option.ts';
import { envOf, type OpenLedger, waitForLedger } from '../open/open-ledger.ts';
import { type AllWorkers, startAllWorkers } from '../run-workers.ts';
import { sayFarewell } from '../status/farewell.ts';
import { type Console, type LogFormat, logFormatOption, openConsole } from '../terminal/console.ts';
import { line, styled } from '../terminal/text.ts';

interface WorkFlags extends NotifyFlags {
  readonly heartbeat?: string;
  readonly healthPort?: number;
  readonly healthHost: string;
  readonly verify?: string;
  readonly logFormat: LogFormat;
}

export function workCommand(command: Command, { io, run }: CommandContext): void {
  addNotifyOption(command)
    .option('--heartbeat <file>', 'touch this file every 5 s, for health checks')
    .option(
      '--health-port <port>',
      'serve health and metrics on this port: /healthz, /readyz, /metrics',
      portNumber,
    )
    .option('--health-host <host>', 'address for health and metrics', '127.0.0.1')
    .addOption(verifyOption())
    .addOption(logFormatOption())
    .action((flags: WorkFlags) => {
      setVerify(io, flags.verify);
      return run(work(flags, withNotify(io, flags)));
    });
}

/** Runs a worker until SIGTERM. Waits for Redis and IAM; ends with 3 when IAM refuses the login. */
async function work(
  { heartbeat: heartbeatFile, healthHost: host, healthPort: port, logFormat: format }: WorkFlags,
  plainIo: Io,
): Promise<ExitCode> {
  const { config } = envOf(plainIo);
  const cloud = await ownCloudConfig({ env: plainIo.env, cloud: config.cloud });
  const view = openConsole(plainIo, { level: config.logLevel, format });
  const { io, log } = view;
  const health = await openHealth(port === undefined ? undefined : { host, port }, log);
  try {
    const open = await waitForLedger(config, io);
    if (!open) return EXIT.ok;
    const workers = omitUndefined({ config, cloud, heartbeatFile });
    return await workOn(workers, { open, log, health, io, view });
  } finally {
    await health.close();
  }
}

/** After this the process ends, whatever is still open; the ledger knows how to resume. */
const CLOSE_MS = 3500;
const LAST_MS = 500;

interface Working {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly health: WorkerHealth;
  readonly io: Io;
  readonly view: Console;
}

async function workOn(settings: AllWorkers, env: Working): Promise<ExitCode> {
  const { open, log, health, io, view } = env;
  const title = line(
    styled('bold', 'ims-ferry work'),
    health.url ? `   Health: ${health.url}` : '',
  );
  const fatal = Promise.withResolvers<Error>();
  health.report(async () => notReady('STARTING', 'Logging in.'));
  view.show(open, () => title);
  try {
    const workers = await startAllWorkers(settings, {
      ...{ open, log, io },
      metrics: health.metrics,
      onFatal: fatal.resolve,
      onWaiting: (line) => health.report(async () => notReady('IAM', line)),
    });
    health.report(() => ledgerReadiness(open));
    const failure = await Promise.race([fatal.promise, untilAborted(io.stop)]);
    health.report(async () => notReady('STOPPING', 'This worker is stopping.'));
    await view.end();
    log.info('worker stopping');
    const left = { again: 'ims-ferry work', isWorker: true, hasOwnRedis: false };
    await sayFarewell(open, view, left);
    const isClosed = await inTime(workers.close(), CLOSE_MS, open);
    if (!isClosed) log.warn('worker did not close in time; another worker takes over open imports');
    if (!failure) return EXIT.ok;
    throw failure;
  } finally {
    await view.end();
    await inTime(open.close(), LAST_MS, open);
  }
}

/** True when it closed within `ms`. */
async function inTime(closing: Promise<unknown>, ms: number, open: OpenLedger): Promise<boolean> {
  const done = closing.catch(() => undefined);
  return (await atMost(open.clock, ms, done)) !== LATE;
}

interface WorkerHealth {
  /** Where it is served. */
  readonly url?: string;
  readonly metrics: Metrics;
  /** Replaces the readiness that is served. */
  report(readiness: () => Promise<Readiness>): void;
  close(): Promise<void>;
}

/** Serves from the start: an orchestrator asks while the worker still waits for Redis. */
async function openHealth(
  at: { readonly host: string; readonly port: number } | undefined,
  log: Logger,
): Promise<WorkerHealth> {
  let readiness = async (): Promise<Readiness> => notReady('REDIS', 'Waiting for Redis.');
  const report = (next: () => Promise<Readiness>): void => {
    readiness = next;
  };
  if (at === undefined) return { metrics: NO_METRICS, report, close: async () => undefined };
  const { metrics, exposed } = createMetrics(systemClock);
  // Loaded only when used: an HTTP server takes time and memory.
  const { startHealthServer } = await import('../../health/health-server.ts');
  const server = await startHealthServer(at, { readiness: () => readiness(), metrics: [exposed] });
  log.info({ url: server.url }, 'serving health and metrics');
  return { url: server.url, metrics, report, close: () => server.close() };
}
