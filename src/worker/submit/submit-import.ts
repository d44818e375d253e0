import type { SubmitAnswer } from '../../shared/cloud/ims-answers.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { lookUpDelay } from '../follow/decide-unknown.ts';
import { findOurs } from '../follow/find-ours.ts';
import { firstPollDelay } from '../follow/poll-delay.ts';
import { record, recordEvidence } from '../record.ts';
import { slowDown } from '../slow-down.ts';
import { type Step, triggerOf, type WorkerDeps } from '../worker-deps.ts';
import type { AdmissionGate, Admitted } from './admission.ts';
import { stopProject } from './stop-project.ts';

type Unlucky = Exclude<SubmitAnswer, { kind: 'accepted' }>;

/** One step of the queue `image-submit`: at most one POST, and only after an intent of its own. */
export async function submitImport(
  deps: WorkerDeps,
  gate: AdmissionGate,
  key: ImportKey,
): Promise<Step> {
  const entry = await deps.ledger.read(key);
  if (!entry) return { kind: 'done' };
  switch (entry.state.status) {
    case 'pending':
      return submitPending(deps, gate, entry);
    case 'submitting':
    case 'creating':
    case 'unknown':
      // A submit that starts again: the image is in IMS's hands, or its sender is gone.
      await deps.queues.addPoll(triggerOf(entry), 0);
      return { kind: 'done' };
    case 'failed':
      return { kind: 'failed', reason: entry.state.reason };
    case 'succeeded':
    case 'cancelled':
      return { kind: 'done' };
  }
}

async function submitPending(
  deps: WorkerDeps,
  gate: AdmissionGate,
  entry: LedgerEntry,
): Promise<Step> {
  const admission = await gate.admit(entry);
  switch (admission.kind) {
    case 'stopping':
      return { kind: 'put-back' };
    case 'paused':
      return { kind: 'done' };
    case 'moved':
      return { kind: 'again', delayMs: 100 };
    case 'admitted':
      return settleAnswer(deps, admission, await post(deps, admission));
  }
}

/** The only create of the product. */
function post(deps: WorkerDeps, admitted: Admitted): Promise<SubmitAnswer> {
  return deps.ims.submit({
    session: admitted.session,
    request: admitted.entry.request,
    key: admitted.entry.key,
    timeoutMs: deps.config.postTimeoutMs,
    beforeSend: () => !deps.stopping.aborted && admitted.deadline.mayStillSend(),
  });
}

async function settleAnswer(
  deps: WorkerDeps,
  admitted: Admitted,
  answer: SubmitAnswer,
): Promise<Step> {
  const { key, epoch } = admitted.entry;
  if (answer.kind === 'accepted') {
    const event = { type: 'accepted', epoch, jobId: answer.jobId, at: deps.clock.now() } as const;
    await recordEvidence(deps, key, { event, nextStepMs: deps.config.poll.initialMs });
    const delayMs = await firstPollDelay(deps, admitted.entry);
    await deps.queues.addPoll(triggerOf(admitted.entry), delayMs);
    return { kind: 'done' };
  }
  return settleUnlucky(deps, admitted, answer);
}

async function settleUnlucky(deps: WorkerDeps, admitted: Admitted, answer: Unlucky): Promise<Step> {
  const { key, epoch } = admitted.entry;
  const reason = reasonOf(answer);
  switch (answer.kind) {
    case 'refused':
      if (answer.nameExists && (await adoptedByName(deps, admitted.entry))) return { kind: 'done' };
      await recordEvidence(deps, key, { event: { type: 'refused', epoch, reason } });
      return { kind: 'failed', reason };
    case 'not-sent': {
      const delayMs = await delayAfter(deps, admitted, answer);
      const event = { type: 'not-sent', epoch, reason } as const;
      await recordEvidence(deps, key, { event, nextStepMs: delayMs });
      return deps.stopping.aborted ? { kind: 'put-back' } : { kind: 'again', delayMs };
    }
    case 'stop':
      await stopProject(deps, answer);
      await recordEvidence(deps, key, { event: { type: 'not-sent', epoch, reason } });
      return { kind: 'put-back' };
    case 'unclear': {
      const nextStepMs = lookUpDelay(0, deps.config.unknown.windowMs);
      const event = { type: 'unclear', epoch, reason, at: deps.clock.now() } as const;
      await recordEvidence(deps, key, { event, nextStepMs });
      await deps.queues.addPoll(triggerOf(admitted.entry), nextStepMs);
      return { kind: 'done' };
    }
  }
}

async function delayAfter(
  deps: WorkerDeps,
  admitted: Admitted,
  answer: Extract<Unlucky, { kind: 'not-sent' }>,
): Promise<number> {
  switch (answer.cause) {
    case 'throttled':
      return slowDown(deps, 'submit', answer.retryAfterMs);
    case 'token':
      await deps.sessions.invalidate(admitted.session);
      return 0;
    case 'network':
      deps.log.warn({ key: admitted.entry.key, reason: reasonOf(answer) }, 'create not sent');
      return 1000 + 4000 * deps.random.next();
  }
}

/** IMG.0009, the name exists: if the image is ours, an earlier create of this import made it. */
async function adoptedByName(deps: WorkerDeps, entry: LedgerEntry): Promise<boolean> {
  const found = await findOurs(deps, entry);
  if (found.kind !== 'found') return false;
  const [image] = found.images;
  if (!image) return false;
  const event = { type: 'found', image, at: deps.clock.now() } as const;
  await record(deps, entry.key, { event });
  await deps.queues.addPoll(triggerOf(entry), 0);
  return true;
}

function reasonOf(answer: Unlucky) {
  const { code, message, advice, requestId } = answer;
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
