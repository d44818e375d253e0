import type { SubmitAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { Session } from '../../shared/cloud/session/session.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { findOurs } from '../../shared/look-up/find-ours.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import type { Reason } from '../../shared/state/import-state.ts';
import { dueAt } from '../due-time.ts';
import { adoptFound } from '../follow/adopt.ts';
import { lookUpDelay } from '../follow/decide-unknown.ts';
import { planFirstPoll } from '../pace/plan-poll.ts';
import { recordEvidence } from '../record.ts';
import { easeOff, slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import type { Admitted } from './admission.ts';
import { restoreAccepted } from './restore-accepted.ts';
import { stopProject } from './stop-project.ts';

type Sent = Pick<Admitted, 'entry' | 'session'>;
type Unlucky = Exclude<SubmitAnswer, { kind: 'accepted' }>;
type Answer<K extends Unlucky['kind']> = Extract<Unlucky, { kind: K }>;

const DOUBT_MS = 1000;
const SAME_AGAIN =
  'IMS answered this create twice with the same code, which does not say whether there is an image, and its list shows none: look at the code, then run: ims-ferry resolve.';
const ONLY_ITS_ADVICE =
  'IMS takes other images of this project: check that it may read the object, the bucket and the KMS key of this one.';

/** Writes down what the answer to a create proves, before anything else is done about it. */
export async function settleAnswer(
  deps: WorkerDeps,
  admitted: Sent,
  answer: SubmitAnswer,
): Promise<Step> {
  if (answer.kind === 'accepted') deps.doubts.accepted(admitted.entry.key);
  else if (answer.kind !== 'stop') deps.doubts.end(admitted.entry.key);
  switch (answer.kind) {
    case 'accepted':
      return accepted(deps, admitted.entry, answer.jobId);
    case 'refused':
      return answer.nameExists
        ? nameExists(deps, admitted, answer)
        : refused(deps, admitted, reasonOf(answer));
    case 'not-sent':
      return notSent(deps, admitted, answer);
    case 'stop':
      return stopped(deps, admitted, answer);
    case 'unclear':
      return answer.isCoded && isSameAgain(admitted.entry, answer)
        ? sameAgain(deps, admitted, answer)
        : unclear(deps, admitted, answer);
  }
}

/** IMS answers a create that was sent again as it has answered the one before. */
function isSameAgain({ state }: LedgerEntry, { code }: Answer<'unclear' | 'refused'>): boolean {
  return state.status === 'submitting' && state.resent?.code === code;
}

/** What it means nobody knows, and it comes again: one more look, and a person has to see to it. */
async function sameAgain(
  deps: WorkerDeps,
  admitted: Sent,
  answer: Answer<'unclear'>,
): Promise<Step> {
  const found = await findOurs(deps, admitted.entry);
  if (found.kind === 'failed') return unclear(deps, admitted, answer);
  if (found.images.length === 0) return holdSame(deps, admitted, answer);
  await adoptFound(deps, admitted.entry, found.images);
  return { kind: 'done' };
}

async function holdSame(
  deps: WorkerDeps,
  { entry: { key, epoch } }: Sent,
  answer: Answer<'unclear' | 'refused'>,
): Promise<Step> {
  const reason = { ...reasonOf(answer), advice: SAME_AGAIN };
  const coded = { reason, isCoded: true, hold: true };
  const event = { type: 'unclear', epoch, at: deps.clock.now(), ...coded } as const;
  await recordEvidence(deps, key, { event });
  return { kind: 'done' };
}

async function accepted(deps: WorkerDeps, entry: LedgerEntry, jobId: string): Promise<Step> {
  const at = { at: deps.clock.now(), acceptedAt: deps.clock.wall.now() };
  const event = { type: 'accepted', epoch: entry.epoch, jobId, ...at } as const;
  const nextStepMs = deps.config.poll.initialMs;
  const answer = await recordEvidence(deps, entry.key, { event, nextStepMs, seen: entry });
  const after = answer.entry ?? (await restoreAccepted(deps, entry, event));
  await deps.project.endThrottle('submit');
  if (after?.state.status === 'creating') {
    const delayMs = await planFirstPoll(deps, after);
    await deps.queues.addPoll(triggerOf(after), delayMs);
    // Else it would be taken for forgotten, and polled, long before that.
    if (delayMs > nextStepMs) await deps.ledger.putOff([after.key], firstDueAt(deps, delayMs));
  }
  return { kind: 'done' };
}

function firstDueAt({ config, clock }: WorkerDeps, delayMs: number): number {
  return dueAt(config, { status: 'creating' }, { now: clock.now(), nextStepMs: delayMs });
}

async function refused(deps: WorkerDeps, admitted: Sent, reason: Reason): Promise<Step> {
  const { key, epoch } = admitted.entry;
  const event = { type: 'refused', epoch, reason, at: deps.clock.now() } as const;
  const { entry } = await recordEvidence(deps, key, { event });
  return followOr(deps, entry, { kind: 'failed', reason });
}

/** IMS may mean the project, or only what this image is made of. */
async function stopped(deps: WorkerDeps, admitted: Sent, answer: Answer<'stop'>): Promise<Step> {
  switch (deps.doubts.refused(admitted.entry.key, answer)) {
    case 'image':
      return refused(deps, admitted, { ...reasonOf(answer), advice: ONLY_ITS_ADVICE });
    case 'project':
      await stopProject(deps, answer);
      await recordNotSent(deps, admitted, reasonOf(answer));
      return { kind: 'put-back' };
    case 'again':
      // Those that are under way shall tell, before more are sent.
      await deps.project.coolDown('submit', DOUBT_MS);
      return followOr(deps, await recordNotSent(deps, admitted, reasonOf(answer)), {
        kind: 'again',
        delayMs: DOUBT_MS * (1 + deps.random.next()),
      });
  }
}

/** IMG.0009: if an image of that name is ours, an earlier create of this import made it. */
async function nameExists(
  deps: WorkerDeps,
  admitted: Sent,
  answer: Answer<'refused'>,
): Promise<Step> {
  const found = await findOurs(deps, admitted.entry);
  // A look-up that failed is not "not found": the import is looked up until one succeeds.
  if (found.kind === 'failed') return unclear(deps, admitted, answer);
  if (found.images.length === 0) {
    const { state } = admitted.entry;
    const wasSent = state.status === 'submitting' && state.lookedAt !== undefined;
    const mayBeOurs = wasSent || found.unsure.length > 0;
    return mayBeOurs ? unclear(deps, admitted, answer) : refused(deps, admitted, reasonOf(answer));
  }
  await adoptFound(deps, admitted.entry, found.images);
  return { kind: 'done' };
}

async function notSent(
  deps: WorkerDeps,
  admitted: Sent,
  answer: Answer<'not-sent'>,
): Promise<Step> {
  const entry = await recordNotSent(deps, admitted, reasonOf(answer));
  const delayMs = await delayAfter(deps, admitted, answer);
  const otherwise = deps.stopping.aborted
    ? ({ kind: 'put-back' } as const)
    : ({ kind: 'again', delayMs } as const);
  return followOr(deps, entry, otherwise);
}

async function recordNotSent(
  deps: WorkerDeps,
  admitted: Sent,
  reason: Reason,
): Promise<LedgerEntry | undefined> {
  const { key, epoch } = admitted.entry;
  const event = { type: 'not-sent', epoch, reason, at: deps.clock.now() } as const;
  return (await recordEvidence(deps, key, { event, nextStepMs: deps.config.lockMs })).entry;
}

/** What an older intent left may have been taken up instead: then that is followed. */
async function followOr(
  deps: WorkerDeps,
  entry: LedgerEntry | undefined,
  otherwise: Step,
): Promise<Step> {
  if (entry?.state.status !== 'creating') return otherwise;
  await deps.queues.addPoll(triggerOf(entry), 0);
  return { kind: 'done' };
}

async function unclear(
  deps: WorkerDeps,
  admitted: Sent,
  answer: Answer<'unclear' | 'refused'>,
): Promise<Step> {
  const { key, epoch } = admitted.entry;
  const nextStepMs = lookUpDelay(0, deps.config.unknown.windowMs);
  const reason = reasonOf(answer);
  const isCoded = answer.kind === 'refused' || answer.isCoded === true;
  const coded = isCoded ? { isCoded } : {};
  const event = { type: 'unclear', epoch, reason, at: deps.clock.now(), ...coded } as const;
  const { entry } = await recordEvidence(deps, key, { event, nextStepMs });
  if (entry) await deps.queues.addPoll(triggerOf(entry), nextStepMs);
  return { kind: 'done' };
}

async function delayAfter(
  deps: WorkerDeps,
  admitted: Sent,
  answer: Answer<'not-sent'>,
): Promise<number> {
  switch (answer.cause) {
    case 'throttled':
      return slowDown(deps, 'submit', answer.retryAfterMs);
    case 'token':
      return (await isRenewed(deps, admitted.session)) ? 0 : easeOff(deps, 'submit');
    case 'network':
      deps.log.warn({ key: admitted.entry.key, reason: reasonOf(answer) }, 'create not sent');
      return 1000 + 4000 * deps.random.next();
  }
}

/** False where the token is used on, for it is too young to be renewed. */
async function isRenewed({ sessions }: WorkerDeps, refusedOne: Session): Promise<boolean> {
  await sessions.invalidate(refusedOne);
  const session = await sessions.get().catch(() => undefined);
  return session?.fingerprint !== refusedOne.fingerprint;
}

function reasonOf(answer: Unlucky): Reason {
  const { code, message, advice, requestId } = answer;
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
