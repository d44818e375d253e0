import type { WorkerDeps } from './step.ts';

interface Rounds {
  readonly everyMs: number;
  readonly round: () => Promise<void>;
  /** An error costs one round. */
  readonly onError: (error: unknown) => void;
}

/** Rounds until the worker stops, out of step with those of other workers. */
export async function doRounds(
  { clock, random, stopping }: Pick<WorkerDeps, 'clock' | 'random' | 'stopping'>,
  { everyMs, round, onError }: Rounds,
): Promise<void> {
  while (!stopping.aborted) {
    await round().catch((error: unknown) => {
      if (!stopping.aborted) onError(error);
    });
    await clock.sleep(Math.max(200, everyMs) * (0.9 + 0.2 * random.next()), stopping);
  }
}
