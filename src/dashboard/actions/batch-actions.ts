import {
  cancelBatch,
  pauseBatch,
  type RetryOptions,
  retryBatch,
  type Selection,
  unpauseBatch,
} from '../../operator/batch-actions.ts';
import { type Decision, resolveHeld, surveyUnknown } from '../../operator/resolve-held.ts';
import { formatCount } from '../../ui/format.ts';
import { requestLabel } from '../../ui/image-row.ts';
import type { DashboardDeps } from '../context.ts';
import type { Work } from './tasks.ts';

export function pauseWork(deps: DashboardDeps, batch: string): Work {
  return async () => {
    await pauseBatch(deps, batch);
    return 'Paused: no more images of this batch are submitted. Images in IMS continue.';
  };
}

export function resumeWork(deps: DashboardDeps, batch: string): Work {
  return async (say) => {
    say('Resuming: looking through the pending images');
    await deps.project.others.dismiss();
    const enqueued = await unpauseBatch(deps, batch);
    return enqueued === 0
      ? 'The batch is resumed.'
      : `The batch is resumed; ${formatCount(enqueued, 'image')} enqueued again.`;
  };
}

export function retryWork(deps: DashboardDeps, options: RetryOptions): Work {
  return async (say, stop) => {
    say('Retrying: looking for failed images');
    const onProgress = (done: { started: number; following: number }): void =>
      say(`Retrying: ${formatCount(done.started + done.following, 'image')} so far`);
    const { started, following } = await retryBatch({ ...deps, onProgress, stop }, options);
    if (started + following === 0)
      return 'Nothing to retry: these images have changed in the meantime.';
    const followed =
      following === 0
        ? ''
        : `; ${formatCount(following)} followed, because IMS has an older create of ${following === 1 ? 'it' : 'them'}`;
    const cut = stop.aborted ? ' Stopped before all were done.' : '';
    return `Retry: ${formatCount(started, 'image')} enqueued again${followed}.${cut}`;
  };
}

export function cancelWork(deps: DashboardDeps, selection: Selection): Work {
  return async (say) => {
    say('Cancelling: looking through the pending images');
    const { cancelled, wantedElsewhere } = await cancelBatch(deps, selection);
    const stay =
      wantedElsewhere === 0
        ? ''
        : ` ${formatCount(wantedElsewhere, 'image stays', 'images stay')} pending for another batch.`;
    if (cancelled === 0) return `Nothing cancelled: no image is pending any more.${stay}`;
    return `Cancelled: ${formatCount(cancelled, 'image')}.${stay}`;
  };
}

/** Checks the image list of IMS again for each image before it changes anything. */
export function resolveWork(
  deps: DashboardDeps & Required<Pick<DashboardDeps, 'cloud'>>,
  selection: Selection,
  decision: Decision,
): Work {
  return async (say, stop) => {
    say('Resolving: reading the image list of IMS');
    const { projectId, imsEndpoint } = await deps.cloud.sessions.get();
    await deps.project.bind(projectId);
    await deps.project.claim.check(projectId, imsEndpoint);
    const { held } = await surveyUnknown({ ...deps, ...deps.cloud }, selection);
    let done = 0;
    const skipped: string[] = [];
    for (const one of held) {
      if (stop.aborted) break;
      const settled = await resolveHeld(deps, one, decision);
      if (settled.kind === 'skipped')
        skipped.push(`${requestLabel(one.entry.request)}: ${settled.why}`);
      else done += 1;
      say(`Resolving: ${formatCount(done + skipped.length)} of ${formatCount(held.length)}`);
    }
    return resolvedText(decision, done, skipped);
  };
}

const DONE = { adopt: 'taken over', resubmit: 'resubmitted', fail: 'marked as failed' } as const;

function resolvedText({ kind }: Decision, done: number, skipped: readonly string[]): string {
  if (done + skipped.length === 0) return 'No images were held any more.';
  const [first] = skipped;
  const left =
    first === undefined
      ? ''
      : ` ${formatCount(skipped.length, 'image')} unchanged, such as ${first}.`;
  return `Resolved: ${formatCount(done, 'image')} ${DONE[kind]}.${left}`;
}
