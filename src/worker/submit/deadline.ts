import type { Clock } from '../../shared/runtime/clock.ts';

/** How long after its intent a create may leave: at most 10 s, at most half of the queue's lock. */
export function sendBudgetMs(lockMs: number): number {
  return Math.min(lockMs / 2, 10_000);
}

/**
 * The sender's own deadline, started before the intent is written. It is over when the wall clock
 * or the monotonic clock says so: a process that was paused must not send when it wakes.
 */
export interface Deadline {
  readonly sendBy: number;
  mayStillSend(): boolean;
}

export function startDeadline(clock: Clock, budgetMs: number): Deadline {
  const wallStart = clock.now();
  const start = clock.monotonic();
  const sendBy = wallStart + budgetMs;
  return {
    sendBy,
    mayStillSend: () => {
      const now = clock.now();
      return now >= wallStart && now <= sendBy && clock.monotonic() - start <= budgetMs;
    },
  };
}
