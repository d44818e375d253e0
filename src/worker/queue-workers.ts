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
import { followImport } from './follow/follow-import.ts';
import { followStray } from './follow/follow-stray.ts';
import type { InHand } from './follow/in-hand.ts';
import { Hand } from './hand.ts';
import type { AdmissionGate } from './submit/admission.ts';
import { submitImport } from './submit/submit-import.ts';
import type { Step, WorkerDeps } from './worker-deps.ts';

/** What trying again cannot mend. */
const FATAL: ReadonlySet<string> = new Set(['LOGIN_REFUSED', 'LEDGER_MISMATCH']);
/** Polls at work at once, beside those that wait here for the next one. */
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
  const options = optionsOf(deps, wiring.connection);
  const hand = new Hand(deps);
  const processor = (step: Running['step']) => {
    return (job: Job<ImportJobData>, token?: string) =>
      carryOut(deps, { job, token: token ?? '', step, hand, fatal: wiring.fatal });
  };
  const workers = [
    new Worker<ImportJobData>(
      SUBMIT_QUEUE,
      processor((job) => submitImport(deps, gate, job.data.key)),
      { ...options, concurrency: config.submitConcurrency },
    ),
    new Worker<ImportJobData>(
      POLL_QUEUE,
      processor((job, inHand) => {
        const { key, strayJobId, queued } = job.data;
        if (strayJobId !== undefined) {
          return followStray(deps, key, { imsJobId: strayJobId, tries: job.attemptsStarted });
        }
        return followImport(deps, key, {
          mayStay: hand.isOpen,
          ...(queued === undefined ? {} : { queued }),
          ...(inHand === undefined ? {} : { inHand }),
        });
      }),
      { ...options, concurrency: POLL_CONCURRENCY + hand.room },
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

function optionsOf({ config, traces }: WorkerDeps, connection: RedisConnection): WorkerOptions {
  return {
    connection,
    prefix: queuePrefix(config.namespace),
    lockDuration: config.lockMs,
    stalledInterval: config.lockMs / 4,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: AFTER_ERROR_MS,
    ...KEPT_JOBS,
    ...(traces.telemetry ? { telemetry: traces.telemetry } : {}),
  };
}

interface Running {
  readonly job: Job<ImportJobData>;
  readonly token: string;
  readonly step: (job: Job<ImportJobData>, inHand?: InHand) => Promise<Step>;
  readonly hand: Hand;
  readonly fatal: (error: Error) => void;
}

async function carryOut(deps: WorkerDeps, running: Running): Promise<void> {
  const { job, token } = running;
  const step = await stepsUntilFar(deps, running);
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

/** Takes one step, and those after it that are so near that the queue job stays here. */
async function stepsUntilFar(deps: WorkerDeps, running: Running): Promise<Step> {
  const { job, hand } = running;
  for (let inHand: InHand | undefined; ; ) {
    const step = await running.step(job, inHand).catch((error: unknown): Step => {
      return unexpected(deps, running, error);
    });
    if (step.kind !== 'again' || step.inHand === undefined) return step;
    // Somebody else goes on at once.
    if (!(await hand.hold(step.delayMs))) return { kind: 'again', delayMs: 0 };
    inHand = step.inHand;
  }
}

/**
 * BullMQ compares delays with the local wall clock. Where that jumps a poll comes early, or late until the
 * sweeper hurries it: nothing rests on it.
 */
function localNow({ clock }: WorkerDeps): number {
  return clock.wall.now() - clock.offsetMs;
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
