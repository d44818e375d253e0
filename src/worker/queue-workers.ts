import {
  DelayedError,
  type Job,
  UnrecoverableError,
  WaitingError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { FerryError } from '../shared/errors/errors.ts';
import {
  type ImportJobData,
  KEPT_JOBS,
  POLL_QUEUE,
  queuePrefix,
  SUBMIT_QUEUE,
} from '../shared/queues/queues.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { AdmissionGate } from './admission.ts';
import { followImport, followLateJob } from './follow.ts';
import { again, type JobOutcome, type WorkerDeps } from './step.ts';
import { submitImport } from './submit.ts';

/** Errors that no retry fixes. */
const FATAL: ReadonlySet<string> = new Set(['LOGIN_REFUSED', 'LEDGER_MISMATCH']);
const POLL_CONCURRENCY = 20;
/** A stalled queue job is only a trigger; the ledger decides, so it may stall without limit. */
const MAX_STALLED = 1_000_000;
/** BullMQ's own pause after an error of Redis is 15 s: too long once Redis is back. */
const AFTER_ERROR_MS = 1000;

interface Wiring {
  readonly connection: RedisConnection;
  readonly fatal: (error: Error) => void;
}

type ImportJob = Job<ImportJobData>;

/** Connects the two queues of BullMQ to the steps. */
export function startQueueWorkers(
  deps: WorkerDeps,
  gate: AdmissionGate,
  wiring: Wiring,
): { readonly close: () => Promise<void> } {
  const { config, log } = deps;
  const options = optionsOf(deps, wiring.connection);
  const processor = (step: (job: ImportJob) => Promise<JobOutcome>) => {
    return async (job: ImportJob, token = ''): Promise<void> => {
      const outcome = await step(job).catch((error: unknown) => {
        return unexpected(deps, wiring, { error, job });
      });
      await finish(deps, { job, token, outcome });
    };
  };
  const workers = [
    new Worker<ImportJobData>(
      SUBMIT_QUEUE,
      processor(({ data }) => submitImport(deps, gate, data.key)),
      { ...options, concurrency: config.submitConcurrency },
    ),
    new Worker<ImportJobData>(
      POLL_QUEUE,
      processor(({ data: { key, queued, strayJobId: imsJobId }, attemptsStarted: tries }) =>
        imsJobId === undefined
          ? followImport(deps, key, queued)
          : followLateJob(deps, key, { imsJobId, tries }),
      ),
      { ...options, concurrency: POLL_CONCURRENCY },
    ),
  ];
  for (const worker of workers) {
    worker.on('error', (error) => log.debug({ err: error }, 'queue connection failed'));
  }
  return { close: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
}

function optionsOf({ config, traces }: WorkerDeps, connection: RedisConnection): WorkerOptions {
  return {
    connection,
    prefix: queuePrefix(config.namespace),
    lockDuration: config.lockMs,
    stalledInterval: config.lockMs / 4,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: AFTER_ERROR_MS,
    ...KEPT_JOBS,
    ...omitUndefined({ telemetry: traces.telemetry }),
  };
}

/** An error that a step did not foresee, mostly of Redis. The image stays as the ledger has it. */
function unexpected(
  { log, stopping, random }: WorkerDeps,
  { fatal }: Wiring,
  { error, job }: { readonly error: unknown; readonly job: ImportJob },
): JobOutcome {
  const isFatal = error instanceof FerryError && FATAL.has(error.code);
  if (isFatal) fatal(error);
  if (isFatal || stopping.aborted) return { kind: 'put-back' };
  log.error({ err: error, key: job.data.key }, 'step failed, trying again');
  return again(1000 + 4000 * random.next());
}

interface Finished {
  readonly job: ImportJob;
  readonly token: string;
  readonly outcome: JobOutcome;
}

/** Nothing may be awaited between the move and the throw, or BullMQ loses track of the lock. */
async function finish(
  { clock }: Pick<WorkerDeps, 'clock'>,
  { job, token, outcome }: Finished,
): Promise<void> {
  switch (outcome.kind) {
    case 'done':
      return;
    case 'again':
      // BullMQ compares delays with the local wall clock. Where that jumps a poll comes early, or late until
      // maintenance promotes it: nothing depends on it.
      await job.moveToDelayed(
        clock.wall.now() - clock.offsetMs + Math.max(1, Math.round(outcome.delayMs)),
        token,
      );
      throw new DelayedError();
    case 'put-back':
      await job.moveToWait(token);
      throw new WaitingError();
    case 'failed':
      throw new UnrecoverableError(`${outcome.reason.code}: ${outcome.reason.message}`);
  }
}
