import type { Config } from '../../shared/config/config.ts';
import { wholeMs } from '../../shared/runtime/clock.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** Longer than a round takes, and short beside the window that is lengthened by it. */
const STEP = { share: 1 / 6, leastMs: 250, mostMs: 5000 };
/** Rounds within one step: one that comes late loses nothing yet. */
const ROUNDS = 2.5;

/** What one addition to the fleet's time counts for at most; every window is longer by as much. */
export function stepMs({ unknown }: Pick<Config, 'unknown'>): number {
  return wholeMs(Math.min(STEP.mostMs, Math.max(STEP.leastMs, STEP.share * unknown.windowMs)));
}

/**
 * Adds to the fleet's time what passes by this worker's monotonic clock, while it has the lease for
 * that; else it reads what another worker has added. Runs until the worker stops.
 */
export async function keepTime(deps: WorkerDeps): Promise<void> {
  const { clock, config, project, random, stopping, workerId, log } = deps;
  const step = stepMs(config);
  const leaseMs = config.lockMs;
  while (!stopping.aborted) {
    try {
      await clock.tick({ workerId, tick: random.id(9), stepMs: step, leaseMs });
    } catch (error) {
      if (!stopping.aborted) log.debug({ err: error }, 'fleet time not read');
    }
    // Often enough to keep the lease, too.
    await clock.sleep(Math.min(step / ROUNDS, leaseMs / 2), stopping);
  }
  // Another worker goes on at once.
  await project.release('time', workerId).catch(() => undefined);
}
