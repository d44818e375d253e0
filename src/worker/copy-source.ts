import { SOURCE_FAILED } from '../shared/attempt/wake-copies.ts';
import type { Copying } from '../shared/cloud/ims/ims-answers.ts';
import { aboutCloud } from '../shared/cloud/other-clouds.ts';
import { ConfigError } from '../shared/errors/errors.ts';
import type { CopyImage } from '../shared/image/image-request.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { cloudOf } from '../shared/look-up/place-of.ts';
import type { Reason } from '../shared/state/import-state.ts';
import { OTHER_CLOUD, waitForCloud } from './cloud-away.ts';
import { pendingDueMs } from './record.ts';
import { DONE, type JobOutcome, type Step, type WorkerDeps } from './step.ts';

/** Whether a copy can be made now. */
type Source =
  | { readonly kind: 'ready'; readonly copying: Copying }
  /** The import whose image it copies has none yet. */
  | { readonly kind: 'waits' }
  | { readonly kind: 'ended'; readonly reason: Reason }
  /** The other region cannot be opened: for good, if a setting is missing. */
  | { readonly kind: 'closed'; readonly reason: Reason; readonly isForGood: boolean };

/**
 * The image of the source as the ledger has it now, and the place that the copy goes to.
 * @param resting why that place is not to be tried now
 */
export async function readSource(
  deps: WorkerDeps,
  request: CopyImage,
  resting?: () => string | undefined,
): Promise<Source> {
  const source = await deps.ledger.read(request.source);
  const reason = source && whyNever(source);
  if (reason) return { kind: 'ended', reason };
  if (source?.state.status !== 'succeeded') return { kind: 'waits' };
  const { imageId } = source.state;
  const why = request.to && resting?.();
  if (why !== undefined) return closed(OTHER_CLOUD, why, false);
  return request.to
    ? readPlace(deps, request.to, imageId)
    : { kind: 'ready', copying: { imageId } };
}

function whyNever({ state }: LedgerEntry): Reason | undefined {
  if (state.status !== 'failed' && state.status !== 'cancelled') return undefined;
  const why =
    state.status === 'failed'
      ? `failed: ${state.reason.code}: ${state.reason.message}`
      : 'was cancelled';
  return {
    code: SOURCE_FAILED,
    message: `its source ${why}`,
    advice: 'ims-ferry retry of the source starts this copy again as well.',
  };
}

function closed(code: string, message: string, isForGood: boolean): Source {
  const advice =
    'Fix the entry in clouds.yaml, start the worker again, then run: ims-ferry resolve.';
  return { kind: 'closed', reason: { code, message, advice }, isForGood };
}

async function readPlace(
  { others, resting, clock }: WorkerDeps,
  target: NonNullable<CopyImage['to']>,
  imageId: string,
): Promise<Source> {
  const { cloud, project: named } = target;
  try {
    const { region, project = named, sessions } = await cloudOf(others, target);
    const to = named ?? project;
    if (region !== undefined && to !== undefined) {
      const { projectId } = await sessions.get();
      return { kind: 'ready', copying: { imageId, across: { region, project: to }, projectId } };
    }
    const lacks = region === undefined ? 'region_name' : 'project_name';
    return closed('NO_CLOUD', `cloud ${cloud}: its entry in clouds.yaml has no ${lacks}`, true);
  } catch (error) {
    const message = aboutCloud(cloud, error instanceof Error ? error.message : String(error));
    const isForGood = error instanceof ConfigError;
    if (!isForGood) resting.triedInVain(cloud, message, clock.monotonic());
    return closed(OTHER_CLOUD, message, isForGood);
  }
}

const RESOLVE =
  'Retry the source, then run: ims-ferry resolve --resubmit. Or give the copy up: ims-ferry resolve --fail.';

const CLOSED_MS = 15_000;

/** A copy that cannot be made now: it waits without a queue job, fails with its source, or is held. */
export async function putOffCopy(
  step: Step,
  source: Exclude<Source, { kind: 'ready' }>,
): Promise<JobOutcome> {
  switch (source.kind) {
    case 'waits':
      return waitWithoutJob(step);
    case 'ended': {
      const { reason } = source;
      const answer = await step.record({ type: 'source-ended', reason });
      if (answer.kind === 'changed') return { kind: 'failed', reason };
      // An earlier create of it may have left an image, which a failed import would not own.
      const { seenImageIds: imageIds } = step.entry;
      await step.hold({ reason: { ...reason, advice: RESOLVE }, imageIds, areOurs: true });
      return DONE;
    }
    case 'closed': {
      const { reason, isForGood } = source;
      if (!isForGood) return waitForCloud(step, reason.message, CLOSED_MS);
      await step.hold({ reason, imageIds: [], areOurs: false });
      return DONE;
    }
  }
}

/** It is called when something has changed; the sweeper finds one that was not. */
export async function waitWithoutJob({ deps, key, now }: Step): Promise<JobOutcome> {
  const jitter = 1 + deps.random.next();
  await deps.ledger.putOff([key], now + pendingDueMs(deps.config) * jitter);
  return DONE;
}
