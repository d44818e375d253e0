import { ledgerReadiness } from '../health/ledger-readiness.ts';
import { notReady } from '../health/readiness.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { createLogger, type Logger } from '../shared/log/logger.ts';
import { atMost, LATE, untilAborted } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';
import { type OpenLedger, waitForLedger } from './open-ledger.ts';
import { startAll } from './start-all.ts';
import { openHealth, type WorkerHealth } from './worker-health.ts';

export interface WorkOptions {
  readonly config: Config;
  /** Absent: only the clouds that manifests name are served. */
  readonly cloud?: CloudConfig;
  readonly heartbeatFile?: string;
  /** Where health and metrics are told; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
}

/** After this the process ends, whatever is still open; the ledger knows what to take up. */
const CLOSE_MS = 3500;
const LAST_MS = 500;

/** `work`: runs a worker until SIGTERM; waits for Redis and IAM, and ends with 3 when IAM refuses the login. */
export async function work(options: WorkOptions, io: Io): Promise<ExitCode> {
  const log = createLogger(options.config.logLevel, io.log);
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
    const workers = await startAll(options, {
      ...env,
      metrics: health.metrics,
      onFatal: fatal.resolve,
      onWaiting: (line) => health.is(() => Promise.resolve(notReady('IAM', line))),
    });
    health.is(() => ledgerReadiness(open));
    const failure = await Promise.race([fatal.promise, untilAborted(io.stop)]);
    health.is(() => Promise.resolve(notReady('STOPPING', 'This worker was told to end.')));
    log.info('worker stopping');
    const closed = await inTime(workers.close(), CLOSE_MS, open);
    if (!closed) log.warn('worker did not close in time; another worker takes up what is open');
    if (!failure) return EXIT.ok;
    throw failure;
  } finally {
    await inTime(open.close(), LAST_MS, open);
  }
}

/** True when it was done within `ms`. */
async function inTime(closing: Promise<unknown>, ms: number, open: OpenLedger): Promise<boolean> {
  const done = closing.catch(() => undefined);
  return (await atMost(open.clock, ms, done)) !== LATE;
}
