import type { Clock } from '../../shared/runtime/clock.ts';

/** How long after its intent a create may leave: at most 10 s, at most half of the queue's lock. */
export function sendBudgetMs(lockMs: number): number {
  return Math.min(lockMs / 2, 10_000);
}

/**
 * The sender's own deadline, started before the intent is written. It is over when the monotonic clock
 * says so, or the wall clock: one of them goes on while a process or its host sleeps. A wall clock that
 * jumps ends it early, and never makes it longer.
 */
export interface Deadline {
  readonly budgetMs: number;
  mayStillSend(): boolean;
  /** Milliseconds that are left by the monotonic clock; 0 when it is over. */
  leftMs(): number;
}

export function startDeadline(
  clock: Pick<Clock, 'monotonic'> & { readonly wall: Pick<Clock, 'now'> },
  budgetMs: number,
): Deadline {
  const wallStart = clock.wall.now();
  const start = clock.monotonic();
  const monotonicMs = (): number => clock.monotonic() - start;
  return {
    budgetMs,
    leftMs: () => Math.max(0, budgetMs - monotonicMs()),
    mayStillSend: () => {
      const wall = clock.wall.now() - wallStart;
      return wall >= 0 && wall <= budgetMs && monotonicMs() <= budgetMs;
    },
  };
}
