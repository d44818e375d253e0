import type { SubmitAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { WorkerDeps } from '../worker-deps.ts';

type StopAnswer = Extract<SubmitAnswer, { kind: 'stop' }>;

/**
 * Stops the project once, with one message; every image that waits stays pending. The stop comes
 * first: while the quota is read, the next create would be refused as well.
 */
export async function stopProject(deps: WorkerDeps, answer: StopAnswer): Promise<void> {
  const { reason, code, message, advice } = answer;
  const at = deps.clock.wall.now();
  const stop = { reason, code, message, ...(advice === undefined ? {} : { advice }), at };
  if (!(await deps.project.stop(stop))) return;
  const free = reason === 'quota' ? await freeQuota(deps) : undefined;
  if (free !== undefined) await deps.project.setFree(free);
  deps.log.error({ stop, free }, 'project stopped: nothing is submitted until this is mended');
}

/** How many images the quota still allows; `undefined` when it cannot be read, or there is no limit. */
export async function freeQuota(deps: Pick<WorkerDeps, 'ims'>): Promise<number | undefined> {
  const read = await deps.ims.quota();
  // One that refuses for a quota that it does not have is right about something else.
  if (read.kind !== 'ok' || read.value.quota === Number.POSITIVE_INFINITY) return undefined;
  return Math.max(0, read.value.quota - read.value.used);
}
