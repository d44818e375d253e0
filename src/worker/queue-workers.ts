import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { FerryError } from '../shared/errors/errors.ts';
import {
  type ImportJobData,
  KEPT_JOBS,
  POLL_QUEUE,
  queuePrefix,
  SUBMIT_QUEUE,
} from '../shared/queues/queues.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { followImport } from './follow/follow-import.ts';
import { followStray } from './follow/follow-stray.ts';
import type { AdmissionGate } from './submit/admission.ts';
import { submitImport } from './submit/submit-import.ts';
import type { Step, WorkerDeps } from './worker-deps.ts';

/** What trying again cannot mend. */
const FATAL: ReadonlySet<string> = new Set(['LOGIN_REFUSED', 'LEDGER_MISMATCH']);
const POLL_CONCURRENCY = 20;
/** A stalled queue job is only a trigger; the ledger decides, so it may stall without limit. */
const MAX_STALLED = 1_000_000;
/** BullMQ's own pause after an error of Redis is 15 s: too long once Redis is mended. */
const AFTER_ERROR_MS = 1000;

export interface QueueWorkers {
  close(): Promise<void>;
}

/** Connects the two queues of BullMQ to the steps. `fatal` is told what no retry can mend. */
export function startQueueWorkers(
  deps: WorkerDeps,
  gate: AdmissionGate,
  wiring: { readonly connection: RedisConnection; readonly fatal: (error: Error) => void },
): QueueWorkers {
  const { config, log } = deps;
  const options = {
    connection: wiring.connection,
    prefix: queuePrefix(config.namespace),
    lockDuration: config.lockMs,
    stalledInterval: config.lockMs / 4,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: AFTER_ERROR_MS,
    ...KEPT_JOBS,
    ...(deps.traces.telemetry ? { telemetry: deps.traces.telemetry } : {}),
  };
  const processor = (step: (job: Job<ImportJobData>) => Promise<Step>) => {
    return (job: Job<ImportJobData>, token?: string) =>
      carryOut(deps, { job, token: token ?? '', step, fatal: wiring.fatal });
  };
  const workers = [
    new Worker<ImportJobData>(
      SUBMIT_QUEUE,
      processor((job) => submitImport(deps, gate, job.data.key)),
      { ...options, concurrency: config.submitConcurrency },
    ),
    new Worker<ImportJobData>(
      POLL_QUEUE,
      processor((job) => {
        const { key, strayJobId, queued } = job.data;
        return strayJobId === undefined
          ? followImport(deps, key, queued)
          : followStray(deps, key, { imsJobId: strayJobId, tries: job.attemptsStarted });
      }),
      { ...options, concurrency: POLL_CONCURRENCY },
    ),
  ];
  for (const worker of workers) {
    worker.on('error', (error) => log.debug({ err: error }, 'queue connection troubled'));
  }
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

interface Running {
  readonly job: Job<ImportJobData>;
  readonly token: string;
  readonly step: (job: Job<ImportJobData>) => Promise<Step>;
  readonly fatal: (error: Error) => void;
}

async function carryOut(deps: WorkerDeps, running: Running): Promise<void> {
  const { job, token } = running;
  const step = await running.step(job).catch((error: unknown): Step => {
    return unexpected(deps, running, error);
  });
  switch (step.kind) {
    case 'done':
      return;
    case 'again':
      return redelay(job, token, localNow(deps) + Math.max(1, Math.round(step.delayMs)));
    case 'put-back':
      return putBack(job, token);
    case 'failed':
      throw new UnrecoverableError(`${step.reason.code}: ${step.reason.message}`);
  }
}

/** BullMQ compares delays with the local clock, not the fleet's. */
function localNow({ clock }: WorkerDeps): number {
  return clock.now() - clock.offsetMs;
}

/** What a step could not foresee: Redis trouble, mostly. The image stays as the ledger has it. */
function unexpected(deps: WorkerDeps, running: Running, error: unknown): Step {
  const isFatal = error instanceof FerryError && FATAL.has(error.code);
  if (isFatal) running.fatal(error);
  else if (!deps.stopping.aborted) {
    deps.log.error({ err: error, key: running.job.data.key }, 'step failed, trying again');
  }
  return isFatal || deps.stopping.aborted
    ? { kind: 'put-back' }
    : { kind: 'again', delayMs: 1000 + 4000 * deps.random.next() };
}

/** Nothing may be awaited between the move and the throw, or BullMQ loses track of the lock. */
async function redelay(job: Job, token: string, timestamp: number): Promise<never> {
  await job.moveToDelayed(timestamp, token);
  throw new DelayedError();
}

async function putBack(job: Job, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}
