import { aboutCloud } from '../shared/cloud/other-clouds.ts';
import { copyCloud } from '../shared/image/image-request.ts';
import type { Reason } from '../shared/state/import-state.ts';
import { again, type JobOutcome, type Step } from './step.ts';

/** A copy waits because the cloud it goes to does not answer. */
export const OTHER_CLOUD = 'OTHER_CLOUD';

/** Why the cloud of this copy is not to be tried now. */
export function restingCloud({ deps: { resting, clock }, entry }: Step): string | undefined {
  const cloud = copyCloud(entry.request);
  return cloud === undefined ? undefined : resting.whyNot(cloud, clock.monotonic());
}

/** The images of its cloud cannot be read. */
export function waitForImages(step: Step, leastMs: number): Promise<JobOutcome> {
  const { resting, clock } = step.deps;
  const message = 'its images cannot be read at the moment';
  const cloud = copyCloud(step.entry.request);
  if (cloud !== undefined) {
    resting.triedInVain(cloud, aboutCloud(cloud, message), clock.monotonic());
  }
  return waitForCloud(step, message, leastMs);
}

/**
 * Tries the copy again later, and shows until then why it waits. The log has one line for all copies to that
 * cloud. @param leastMs the shortest wait; the longest is twice that
 */
export async function waitForCloud(
  step: Step,
  message: string,
  leastMs: number,
): Promise<JobOutcome> {
  const { deps, entry } = step;
  const waitMs = leastMs * (1 + deps.random.next());
  const cloud = copyCloud(entry.request);
  if (cloud === undefined) return again(waitMs);
  const text = aboutCloud(cloud, message);
  const reason: Reason = {
    ...{ code: OTHER_CLOUD, message: text },
    advice: 'It is tried again by itself.',
  };
  const isNews = await deps.project.away.note(cloud, text, deps.clock.wall.now());
  if (isNews) deps.log.warn({ cloud, reason }, 'copies wait for their cloud');
  if (reasonNow(step)?.message !== text) await step.record({ type: 'put-off', reason }, waitMs);
  return again(waitMs);
}

/** The cloud of a copy answers. `isWaiting`: the copy waits for something else from now on. */
export async function cloudIsBack(
  step: Step,
  { isWaiting }: { readonly isWaiting: boolean },
): Promise<void> {
  const { deps, entry } = step;
  const cloud = copyCloud(entry.request);
  if (cloud === undefined) return;
  deps.resting.answers(cloud);
  if (reasonNow(step)?.code !== OTHER_CLOUD) return;
  if (await deps.project.away.forget(cloud))
    deps.log.info({ cloud }, 'the cloud of copies is back');
  if (isWaiting) await step.record({ type: 'put-off' });
}

function reasonNow({ entry: { state } }: Step): Reason | undefined {
  return state.status === 'pending' ? state.lastReason : undefined;
}
