import {
  pauseBatch,
  type RetryOptions,
  retryBatch,
  type Selection,
  unpauseBatch,
} from '../../operator/batch-actions.ts';
import { type Decision, resolveHeld, surveyUnknown } from '../../operator/resolve-held.ts';
import { whole } from '../../producer/report/html/wording.ts';
import type { AttemptDeps } from '../../shared/attempt/new-attempt.ts';
import type { ImsClient } from '../../shared/cloud/ims/ims-answers.ts';
import type { Sessions } from '../../shared/cloud/session/session.ts';
import type { BatchDeps } from '../../shared/ledger/batch-store.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import type { Work } from './tasks.ts';

/** To ask IMS what its list shows. */
export interface DashboardCloud {
  readonly ims: ImsClient;
  readonly sessions: Sessions;
}

export interface ActionDeps extends AttemptDeps, BatchDeps {
  readonly project: ProjectStore;
  /** Absent: no login is set, and what is held cannot be settled here. */
  readonly cloud?: DashboardCloud;
}

export function pauseWork(deps: ActionDeps, batch: string): Work {
  return async () => {
    await pauseBatch(deps, batch);
    return 'Paused: nothing more of this batch is submitted. What IMS has goes on.';
  };
}

export function resumeWork(deps: ActionDeps, batch: string): Work {
  return async (say) => {
    say('Going on: looking through the waiting images');
    await deps.project.others.dismiss();
    const enqueued = await unpauseBatch(deps, batch);
    return enqueued === 0
      ? 'The batch goes on.'
      : `The batch goes on; ${whole(enqueued, 'image')} enqueued again.`;
  };
}

export function retryWork(deps: ActionDeps, options: RetryOptions): Work {
  return async (say, stop) => {
    say('Retrying: looking for failed images');
    const onProgress = (done: { started: number; following: number }): void =>
      say(`Retrying: ${whole(done.started + done.following, 'image')} so far`);
    const { started, following } = await retryBatch({ ...deps, onProgress, stop }, options);
    if (started + following === 0) return 'Nothing to retry: they have moved on meanwhile.';
    const followed =
      following === 0 ? '' : `; ${whole(following)} followed, for IMS has an older create of them`;
    const cut = stop.aborted ? ' Ended before all were done.' : '';
    return `Retry: ${whole(started, 'image')} enqueued again${followed}.${cut}`;
  };
}

/** Asks the list of IMS again for each before it does anything. */
export function resolveWork(
  deps: ActionDeps & { readonly cloud: DashboardCloud },
  selection: Selection,
  decision: Decision,
): Work {
  return async (say, stop) => {
    say('Resolving: asking IMS what it has');
    const { projectId, imsEndpoint } = await deps.cloud.sessions.get();
    await deps.project.bind(projectId);
    await deps.project.claim.check(projectId, imsEndpoint);
    const { held } = await surveyUnknown({ ...deps, ...deps.cloud }, selection);
    let done = 0;
    const skipped: string[] = [];
    for (const one of held) {
      if (stop.aborted) break;
      const settled = await resolveHeld(deps, one, decision);
      if (settled.kind === 'skipped') skipped.push(`${one.entry.request.name}: ${settled.why}`);
      else done += 1;
      say(`Resolving: ${whole(done + skipped.length)} of ${whole(held.length)}`);
    }
    return resolvedText(decision, done, skipped);
  };
}

const DONE = { adopt: 'taken over', resubmit: 'sent again', fail: 'given up' } as const;

function resolvedText({ kind }: Decision, done: number, skipped: readonly string[]): string {
  if (done + skipped.length === 0) return 'Nothing was held any more.';
  const [first] = skipped;
  const left =
    first === undefined
      ? ''
      : ` ${whole(skipped.length, 'image')} left as before, such as ${first}.`;
  return `Resolved: ${whole(done, 'image')} ${DONE[kind]}.${left}`;
}
