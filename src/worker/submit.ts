import type { Copying, SubmitAnswer } from '../shared/cloud/ims/ims-answers.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import { NOT_ON_DISK } from '../shared/ledger/guard-store.ts';
import { isDeclined } from '../shared/ledger/ledger-entry.ts';
import { isElsewhere } from '../shared/look-up/find-ours.ts';
import { triggerOf } from '../shared/queues/queues.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { AdmissionGate, Admitted } from './admission.ts';
import { checkGone, createVerifier } from './before-create.ts';
import { cloudIsBack, restingCloud, waitForImages } from './cloud-away.ts';
import { putOffCopy, readSource, waitWithoutJob } from './copy-source.ts';
import { callNextCopy, logChange } from './record.ts';
import { settleAnswer } from './settle-answer.ts';
import { again, DONE, type JobOutcome, Step, type WorkerDeps } from './step.ts';

/** One step of the queue `image-submit`: at most one POST, and only after an intent of its own. */
export async function submitImport(
  deps: WorkerDeps,
  gate: AdmissionGate,
  key: ImportKey,
): Promise<JobOutcome> {
  const entry = await deps.ledger.read(key);
  if (!entry) return DONE;
  switch (entry.state.status) {
    case 'pending':
      return submitPending(new Step(deps, entry), gate);
    case 'submitting':
    case 'creating':
    case 'unknown':
      // A submit that runs again: IMS has the image already, or its sender is gone.
      await deps.queues.addPoll(triggerOf(entry), 0);
      return DONE;
    case 'failed':
      return { kind: 'failed', reason: entry.state.reason };
    case 'succeeded':
    case 'cancelled':
      return DONE;
  }
}

async function submitPending(step: Step, gate: AdmissionGate): Promise<JobOutcome> {
  const { deps, entry } = step;
  const { request } = entry;
  const source =
    request.kind === 'copy' ? await readSource(deps, request, () => restingCloud(step)) : undefined;
  if (source && source.kind !== 'ready') return putOffCopy(step, source);
  const later = await checkGone(step);
  if (later) return later;
  const admission = await admit(step, gate, source?.copying);
  switch (admission.kind) {
    case 'stopping':
      return { kind: 'put-back' };
    case 'paused':
      await cancelDeclined(step);
      // It may have been called to a place, which another batch can use.
      if (request.kind === 'copy') await callNextCopy(deps);
      return DONE;
    case 'moved':
      return again(100);
    case 'crowded':
      await cloudIsBack(step, { isWaiting: true });
      return waitWithoutJob(step);
    case 'unread':
      return waitForImages(step, UNREAD_MS);
    case 'admitted': {
      // An intent that could be lost with the host of Redis protects nothing: it is taken back, unsent.
      const isSafe = await admission.isOnDisk();
      const answer = isSafe ? await deps.ims.submit(createOf(admission)) : NOT_KEPT;
      const outcome = await settleAnswer(admission.step, admission.session, answer);
      await cloudIsBack(step, { isWaiting: false });
      return outcome;
    }
  }
}

/** Another region is looked at before its turn: those behind it need not wait for that. */
async function admit(
  step: Step,
  gate: AdmissionGate,
  copying: Copying | undefined,
): ReturnType<AdmissionGate['admit']> {
  const verify = createVerifier(step, copying);
  const verdict = isElsewhere(step.entry.request) ? await verify() : 'clear';
  if (verdict !== 'clear') return { kind: verdict };
  return gate.admit(step, { verify, ...omitUndefined({ copying }) });
}

/** The only create of the product. */
function createOf({
  step,
  session,
  deadline,
  copying,
}: Admitted): Parameters<WorkerDeps['ims']['submit']>[0] {
  const { deps, key, entry } = step;
  deps.refusals.started(key);
  return {
    ...omitUndefined({ session, copying }),
    request: entry.request,
    key,
    timeoutMs: deps.config.postTimeoutMs,
    beforeSend: () => !deps.stopping.aborted && deadline.mayStillSend(),
  };
}

/** The other region of a copy could not be read. */
const UNREAD_MS = 5000;

const NOT_KEPT: SubmitAnswer = {
  kind: 'not-sent',
  cause: 'network',
  code: NOT_ON_DISK.code,
  message: `${NOT_ON_DISK.message} ${NOT_ON_DISK.advice}`,
};

/** Finishes a `cancel` that was killed half-way. */
async function cancelDeclined({ deps, key, now }: Step): Promise<void> {
  const options = { now: deps.clock.wall.now(), due: now, onlyIf: isDeclined };
  const answer = await deps.ledger.change(key, { type: 'cancel' }, options);
  if (answer.kind === 'changed') logChange(deps, answer.before, answer.entry);
}
