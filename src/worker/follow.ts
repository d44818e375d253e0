import type { ImportKey } from '../shared/image/import-key.ts';
import { triggerOf } from '../shared/queues/queues.ts';
import type { ImportState } from '../shared/state/import-state.ts';
import { isInFlight } from '../shared/state/machine.ts';
import { lookUp, lookUpDelay } from './look-up.ts';
import { Poll } from './poll.ts';
import { record } from './record.ts';
import { slowDown } from './request-pace.ts';
import { again, DONE, type JobOutcome, Step, type WorkerDeps } from './step.ts';

/**
 * One step of the queue `image-poll`: follows whatever IMS may be working on. `queued`: the import had this
 * many queue jobs when this one was added.
 */
export async function followImport(
  deps: WorkerDeps,
  key: ImportKey,
  queued?: number,
): Promise<JobOutcome> {
  const entry = await deps.ledger.read(key);
  if (!entry) return DONE;
  const { state } = entry;
  // A newer queue job follows it, or maintenance adds one: two would poll twice.
  if (queued !== undefined && queued < entry.queued && isInFlight(state)) return DONE;
  const step = new Step(deps, entry);
  switch (state.status) {
    case 'pending':
      await deps.queues.addSubmits([triggerOf(entry)]);
      return DONE;
    case 'submitting':
      return senderGone(step, state);
    case 'creating':
      return new Poll(step, state).run();
    case 'unknown':
      return state.held ? DONE : lookUp(step, state);
    case 'failed':
      return { kind: 'failed', reason: state.reason };
    case 'succeeded':
    case 'cancelled':
      return DONE;
  }
}

/** An intent without an answer: after its deadline nobody sends for it any more. */
async function senderGone(
  step: Step,
  { sendBy }: Extract<ImportState, { status: 'submitting' }>,
): Promise<JobOutcome> {
  const { now } = step;
  if (now <= sendBy) return again(sendBy - now + 50);
  const delayMs = lookUpDelay(0, step.deps.config.unknown.windowMs);
  const reason = {
    code: 'SENDER_GONE',
    message: 'the worker that was submitting this image has gone, with or without sending',
  };
  const event = { type: 'unclear', epoch: step.entry.epoch, reason, at: now } as const;
  await record(step.deps, step.key, { event, nextStepMs: delayMs, seen: step.entry });
  return again(delayMs);
}

/** This many reads of an IMS job that is not known, before it is given up. */
const LATE_JOB_READS = 20;

type LateDeps = Pick<
  WorkerDeps,
  'config' | 'ledger' | 'ims' | 'log' | 'pace' | 'project' | 'random'
>;

/**
 * Follows an IMS job of an older intent to its end, so that a double is named, not only announced: which
 * image, beside which. Nothing is deleted.
 */
export async function followLateJob(
  deps: LateDeps,
  key: ImportKey,
  { imsJobId, tries }: { readonly imsJobId: string; readonly tries: number },
): Promise<JobOutcome> {
  const { maxMs } = deps.config.poll;
  const laterMs = await deps.pace.tryAcquire();
  if (laterMs > 0) return again(laterMs);
  const answer = await deps.ims.job(imsJobId);
  if (answer.kind === 'failed') {
    return again(answer.throttled ? await slowDown(deps, 'read', answer.retryAfterMs) : maxMs);
  }
  if (answer.kind === 'not-found') {
    if (tries < LATE_JOB_READS) return again(maxMs);
    deps.log.error({ key, imsJobId }, 'IMS does not know the second IMS job any more');
    return DONE;
  }
  const { status, imageId } = answer.value;
  switch (status) {
    case 'SUCCESS':
      await nameDouble(deps, key, { imsJobId, imageId });
      return DONE;
    case 'FAIL':
      deps.log.info({ key, imsJobId }, 'no double: the second IMS job failed');
      return DONE;
    case 'INIT':
    case 'RUNNING':
    case 'other':
      return again(maxMs);
  }
}

/** The image may be the one that was found and adopted before its job id came. */
async function nameDouble(
  { ledger, log }: LateDeps,
  key: ImportKey,
  made: { readonly imsJobId: string; readonly imageId: string | undefined },
): Promise<void> {
  const entry = await ledger.read(key);
  const own = entry && 'imageId' in entry.state ? entry.state.imageId : undefined;
  if (own !== undefined && own === made.imageId) {
    log.info({ key, ...made }, 'no double: the IMS job made the image that was adopted');
  } else {
    log.error({ key, ...made, ownImageId: own }, 'double: the second IMS job made an image');
  }
}
