import type { WorkerDeps } from './worker-deps.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** The pause after the nth throttled call in a row, in milliseconds. */
export function throttlePauseMs(nth: number, retryAfterMs: number | undefined): number {
  const growing = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(nth - 1, 10));
  return retryAfterMs === undefined ? growing : Math.max(retryAfterMs, nth > 3 ? growing : 0);
}

/**
 * A call was throttled: its whole class of calls pauses, for every worker. Answers the delay for the
 * one that met it. What is in the same wave already pauses once;
 * each counts where it is asked whether the rate is too high.
 */
export async function slowDown(
  deps: WorkerDeps,
  kind: 'submit' | 'read',
  retryAfterMs: number | undefined,
): Promise<number> {
  await deps.pace.throttled();
  if (!(await deps.project.claimCoolDown(kind, FIRST_MS))) {
    return Math.max(FIRST_MS, await deps.project.coolingMs(kind));
  }
  const pause = throttlePauseMs(await deps.project.countThrottle(kind), retryAfterMs);
  await deps.project.coolDown(kind, pause);
  deps.log.warn({ calls: kind, pauseMs: pause }, 'throttled by the cloud, all workers pause');
  return pause * (1 + 0.2 * deps.random.next());
}

/**
 * Calls of this kind are refused for another reason than their number: the class of calls pauses for
 * every worker, longer each time in a row, and the rate stays.
 */
export async function easeOff(deps: WorkerDeps, kind: 'submit' | 'read'): Promise<number> {
  const { project, random } = deps;
  if (await project.claimCoolDown(kind, FIRST_MS)) {
    const nth = await project.countThrottle(kind);
    await project.coolDown(kind, Math.min(LONGEST_MS / 2, throttlePauseMs(nth, undefined)));
  }
  return Math.max(FIRST_MS, await project.coolingMs(kind)) * (1 + 0.2 * random.next());
}
