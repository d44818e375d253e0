import { LedgerMismatchError } from '../../shared/errors/errors.ts';
import { reportGeneration } from '../guard/report-generation.ts';
import { freeQuota } from '../submit/stop-project.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { createHealer } from './heal.ts';
import { keepTime } from './keep-time.ts';
import { sweep } from './sweep.ts';
import { buildIndex, takeOver } from './take-over.ts';

/** What a worker does beside its queue jobs, until it stops. */
export async function runDuties(deps: WorkerDeps, onFatal: (error: Error) => void): Promise<void> {
  await Promise.all([keepTime(deps), runRounds(deps, onFatal)]);
}

/**
 * What one worker at a time does for all: sweeping, healing the ledger, and lifting a quota stop when
 * there is room again. Runs until the worker stops; an error costs one round, save one that no round can
 * mend.
 */
async function runRounds(deps: WorkerDeps, onFatal: (error: Error) => void): Promise<void> {
  const { clock, stopping, config, log } = deps;
  const everyMs = Math.max(200, config.lockMs / 4);
  const rare = {
    // Not under the lease: a worker of an older version may have it.
    takeOver: once(() => takeOver(deps)),
    types: seldom(deps, () => checkTypes(deps, false), TYPES),
    quota: seldom(deps, async () => {
      await deps.queues.shortenLocks(config.lockMs);
      await liftQuotaStop(deps);
      await deps.ledger.owners.forgetReleased();
    }),
    heal: seldom(deps, createHealer(deps)),
  };
  let hasFailed = false;
  while (!stopping.aborted) {
    try {
      // With a key of a wrong type no round would come to its end.
      await (hasFailed ? checkTypes(deps, true) : rare.types());
      hasFailed = false;
      await round(deps, rare);
    } catch (error) {
      if (error instanceof LedgerMismatchError) return onFatal(error);
      hasFailed = true;
      if (!stopping.aborted) log.warn({ err: error }, 'duty round failed');
    }
    await clock.sleep(everyMs * (0.9 + 0.2 * deps.random.next()), stopping);
  }
}

type Rare = Readonly<Record<'takeOver' | 'types' | 'quota' | 'heal', () => Promise<void>>>;

async function round(deps: WorkerDeps, rare: Rare): Promise<void> {
  const { clock, config, log } = deps;
  // Others ask it when they need it; who has nothing to create has to notice it as well.
  await deps.fitness.look();
  await rare.takeOver();
  const now = clock.wall.now();
  const { maxInFlight } = config;
  await deps.project.beat(deps.workerId, { now, until: now + config.lockMs, maxInFlight });
  await reportGeneration(deps);
  await deps.project.claim.keep();
  await deps.pace.refresh();
  if (!(await deps.project.lease('duties', deps.workerId, config.lockMs))) return;
  await buildIndex(deps);
  const enqueued = await sweep(deps);
  if (enqueued > 0) log.warn({ enqueued }, 'overdue imports enqueued again');
  await rare.quota();
  await rare.heal();
}

/** Until it has come to its end once. */
function once(duty: () => Promise<unknown>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    await duty();
    isDone = true;
  };
}

/** In locks. */
const TYPES = 5;

/** The same, once in so many locks. */
function seldom(
  { clock, config }: WorkerDeps,
  duty: () => Promise<void>,
  locks = 1,
): () => Promise<void> {
  let nextAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonic() < nextAt) return;
    nextAt = clock.monotonic() + locks * config.lockMs;
    await duty();
  };
}

async function checkTypes({ guard, log }: WorkerDeps, isThorough: boolean): Promise<void> {
  const wrong = await guard.healer.checkTypes(isThorough);
  if (wrong.length === 0) return;
  log.error(
    { keys: wrong },
    'keys of the ledger were not of their kind, or gone: put aside, made again',
  );
}

/** A quota stop ends by itself once the quota has room; the others need a person. */
async function liftQuotaStop(deps: WorkerDeps): Promise<void> {
  const stop = await deps.project.stopped();
  if (stop?.reason !== 'quota') return;
  const free = await freeQuota(deps);
  if (free === undefined || free === 0) return;
  await deps.project.resume();
  deps.log.info({ free }, 'quota has room again, going on');
}
