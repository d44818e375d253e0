import type { SubmitAnswer } from '../../shared/cloud/ims-answers.ts';
import type { WorkerDeps } from '../worker-deps.ts';

type StopAnswer = Extract<SubmitAnswer, { kind: 'stop' }>;

/** Stops the project once, with one message; every image that waits stays pending. */
export async function stopProject(deps: WorkerDeps, answer: StopAnswer): Promise<void> {
  const free = answer.reason === 'quota' ? await freeQuota(deps) : undefined;
  const stop = {
    reason: answer.reason,
    code: answer.code,
    message: answer.message,
    ...(answer.advice === undefined ? {} : { advice: answer.advice }),
    at: deps.clock.now(),
    ...(free === undefined ? {} : { free }),
  };
  if (await deps.project.stop(stop)) {
    deps.log.error({ stop }, 'project stopped: nothing is submitted until this is mended');
  }
}

/** How many images the quota still allows; `undefined` when it cannot be read. */
export async function freeQuota(deps: WorkerDeps): Promise<number | undefined> {
  const quota = await deps.ims.quota();
  return quota.kind === 'ok' ? Math.max(0, quota.value.quota - quota.value.used) : undefined;
}
