import type { Reason } from '../shared/state/import-state.ts';
import type { Step } from './step.ts';

/** A copy waits because the cloud it goes to does not answer. */
export const OTHER_CLOUD = 'OTHER_CLOUD';

/** Why the cloud of this copy is not to be tried now. */
export function restingCloud(step: Step): string | undefined {
  const { resting, clock } = step.deps;
  const cloud = cloudOf(step);
  return cloud === undefined ? undefined : resting.whyNot(cloud, clock.monotonic());
}

/** The images of its cloud cannot be read. */
export async function waitForImages(step: Step, nextStepMs: number): Promise<void> {
  const { resting, clock } = step.deps;
  const cloud = cloudOf(step);
  if (cloud === undefined) return;
  const message = `cloud ${cloud}: its images cannot be read at the moment`;
  resting.triedInVain(cloud, message, clock.monotonic());
  await waitForCloud(step, message, nextStepMs);
}

/** Shows why the copy waits, wherever that changes; the log has one line for all copies to that cloud. */
export async function waitForCloud(step: Step, message: string, nextStepMs: number): Promise<void> {
  const { deps, entry } = step;
  const cloud = cloudOf(step);
  if (cloud === undefined) return;
  const reason: Reason = { code: OTHER_CLOUD, message, advice: 'It is tried again by itself.' };
  const isNews = await deps.project.away.note(cloud, message, deps.clock.wall.now());
  if (isNews) deps.log.warn({ cloud, reason }, 'copies wait for their cloud');
  if (reasonNow(entry)?.message === message) return;
  await step.record({ type: 'put-off', reason }, nextStepMs);
}

/** Its cloud answers; `isWaiting`: for something else from now on. */
export async function cloudIsBack(
  step: Step,
  { isWaiting }: { readonly isWaiting: boolean },
): Promise<void> {
  const { deps, entry } = step;
  const cloud = cloudOf(step);
  if (cloud === undefined) return;
  deps.resting.answers(cloud);
  if (reasonNow(entry)?.code !== OTHER_CLOUD) return;
  if (await deps.project.away.forget(cloud))
    deps.log.info({ cloud }, 'the cloud of copies is back');
  if (isWaiting) await step.record({ type: 'put-off' });
}

function cloudOf({ entry: { request } }: Step): string | undefined {
  return request.kind === 'copy' ? request.to?.cloud : undefined;
}

function reasonNow({ state }: Step['entry']): Reason | undefined {
  return state.status === 'pending' ? state.lastReason : undefined;
}
