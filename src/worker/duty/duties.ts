import { LedgerMismatchError } from '../../shared/errors/errors.ts';
import { reportGeneration } from '../guard/report-generation.ts';
import { freeQuota } from '../submit/stop-project.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { keepTime } from './keep-time.ts';
import { sweep } from './sweep.ts';
import { buildIndex, takeOver } from './take-over.ts';

/** What a worker does beside its queue jobs, until it stops. */
export async function runDuties(deps: WorkerDeps, onFatal: (error: Error) => void): Promise<void> {
  await Promise.all([keepTime(deps), runRounds(deps, onFatal)]);
}

/**
 * What one worker at a time does for all: sweeping, and lifting a quota stop when there is room
 * again. Runs until the worker stops; an error costs one round, save one that no round can mend.
 */
async function runRounds(deps: WorkerDeps, onFatal: (error: Error) => void): Promise<void> {
  const { clock, stopping, config, log } = deps;
  const everyMs = Math.max(200, config.lockMs / 4);
  let nextSeldomAt = Number.NEGATIVE_INFINITY;
  let isOurs = false;
  while (!stopping.aborted) {
    try {
      // Not under the lease: a worker of an older version may have it.
      if (!isOurs) await takeOver(deps);
      isOurs = true;
      const now = clock.wall.now();
      const { maxInFlight } = config;
      await deps.project.beat(deps.workerId, { now, until: now + config.lockMs, maxInFlight });
      await reportGeneration(deps);
      await deps.project.claim.keep();
      await deps.pace.refresh();
      if (await deps.project.lease('duties', deps.workerId, config.lockMs)) {
        await buildIndex(deps);
        const enqueued = await sweep(deps);
        if (enqueued > 0) log.warn({ enqueued }, 'overdue imports enqueued again');
        if (clock.monotonic() >= nextSeldomAt) {
          nextSeldomAt = clock.monotonic() + config.lockMs;
          await deps.queues.shortenLocks(config.lockMs);
          await liftQuotaStop(deps);
          await deps.ledger.owners.forgetReleased();
        }
      }
    } catch (error) {
      if (error instanceof LedgerMismatchError) return onFatal(error);
      if (!stopping.aborted) log.warn({ err: error }, 'duty round failed');
    }
    await clock.sleep(everyMs * (0.9 + 0.2 * deps.random.next()), stopping);
  }
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
