import type { SubmitAnswer } from '../shared/cloud/ims/ims-answers.ts';
import type { Session } from '../shared/cloud/session/session.ts';
import type { ImageRequest } from '../shared/image/image-request.ts';
import { NOT_ON_DISK } from '../shared/ledger/guard-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { findOurs } from '../shared/look-up/find-ours.ts';
import { triggerOf } from '../shared/queues/queues.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { ImportEvent, Reason } from '../shared/state/import-state.ts';
import { lookUpDelay } from './look-up.ts';
import { planFirstPoll } from './plan-poll.ts';
import { graceMs, pendingDueMs, recordEvidence } from './record.ts';
import { easeOff, slowDown } from './request-pace.ts';
import { again, DONE, type JobOutcome, type Step, type WorkerDeps } from './step.ts';

type Answer<K extends SubmitAnswer['kind']> = Extract<SubmitAnswer, { kind: K }>;
type Unclear = Answer<'unclear' | 'refused'>;

/** As many copies across regions as IMS takes are under way, maybe of others. */
const COPIES_FULL = 'IMG.0149';
const COPIES_FULL_MS = 15_000;
const AFTER_REFUSAL_MS = 1000;
const SAME_CODE_TWICE =
  'IMS answered this create twice with the same code, which does not show whether there is an image, and its list shows none: check the code, then run: ims-ferry resolve.';
const ONLY_THIS_IMAGE =
  'IMS accepts other images of this project: check that it may read the object, the bucket and the KMS key of this one.';

/** Writes down what the answer to a create proves, before anything else is done about it. */
export async function settleAnswer(
  step: Step,
  session: Session,
  answer: SubmitAnswer,
): Promise<JobOutcome> {
  const { refusals } = step.deps;
  const isCopy = step.entry.request.kind === 'copy';
  // A copy that is accepted does not show what the project may create.
  if (answer.kind === 'accepted' && !isCopy) refusals.accepted(step.key);
  else if (isCopy || answer.kind !== 'stop') refusals.ended(step.key);
  switch (answer.kind) {
    case 'accepted':
      return accepted(step, answer.jobId);
    case 'refused':
      return answer.nameExists ? nameExists(step, answer) : refused(step, reasonOf(answer));
    case 'not-sent':
      return notSent(step, session, answer);
    case 'stop':
      return stopped(step, answer);
    case 'unclear': {
      const { state } = step.entry;
      const isSameAgain = state.status === 'submitting' && state.resent?.code === answer.code;
      return answer.isCoded && isSameAgain ? sameAgain(step, answer) : unclear(step, answer);
    }
  }
}

async function accepted(step: Step, jobId: string): Promise<JobOutcome> {
  const { deps, now } = step;
  const event = { type: 'accepted', jobId, at: now, acceptedAt: deps.clock.wall.now() } as const;
  const { initialMs } = deps.config.poll;
  const { entry } = await step.recordAnswer(event, initialMs);
  const after = entry ?? (await restoreAccepted(step, event));
  await deps.project.endThrottle('submit');
  if (after?.state.status !== 'creating') return DONE;
  const delayMs = await planFirstPoll(deps, after);
  await deps.queues.addPoll(triggerOf(after), delayMs);
  // Otherwise it would count as forgotten, and be polled, long before that.
  const due = deps.clock.now() + delayMs + graceMs(deps.config);
  if (delayMs > initialMs) await deps.ledger.putOff([after.key], due);
  return DONE;
}

/**
 * Redis was emptied while a create was under way: its job id is the only trace of the image. The import is
 * registered in its batches again, and the answer applied to it.
 */
async function restoreAccepted(
  { deps, key, entry }: Step,
  answer: Omit<Extract<ImportEvent, { readonly type: 'accepted' }>, 'epoch'>,
): Promise<LedgerEntry | undefined> {
  const { request, priority, batches, epoch } = entry;
  deps.log.error(
    { key, name: request.name, batch: batches, imsJobId: answer.jobId, epoch },
    'Redis has lost an import that IMS has accepted; it is registered again',
  );
  const image = omitUndefined({ request, line: 0, priority });
  const now = deps.clock.wall.now();
  const due = deps.clock.now() + pendingDueMs(deps.config);
  for (const batch of batches) await deps.batches.register(batch, [image], { now, due });
  const nextStepMs = deps.config.poll.initialMs;
  return (await recordEvidence(deps, key, { event: { ...answer, epoch }, nextStepMs })).entry;
}

/**
 * IMS has answered a create that was sent again with the code it gave before, and nobody knows what it means:
 * one more look-up, then a person has to decide.
 */
async function sameAgain(step: Step, answer: Answer<'unclear'>): Promise<JobOutcome> {
  const found = await findOurs(step.deps, step.entry);
  if (found.kind === 'failed') return unclear(step, answer);
  if (found.images.length > 0) {
    await step.adopt(found.images);
    return DONE;
  }
  const reason = { ...reasonOf(answer), advice: SAME_CODE_TWICE };
  await step.recordAnswer({ type: 'unclear', at: step.now, reason, isCoded: true, hold: true });
  return DONE;
}

/** IMG.0009: if an image of that name is ours, an earlier create of this import made it. */
async function nameExists(step: Step, answer: Answer<'refused'>): Promise<JobOutcome> {
  const found = await findOurs(step.deps, step.entry);
  // A look-up that failed is not "not found": the import is looked up until one succeeds.
  if (found.kind === 'failed') return unclear(step, answer);
  if (found.images.length > 0) {
    await step.adopt(found.images);
    return DONE;
  }
  const { state } = step.entry;
  const wasSentBefore = state.status === 'submitting' && state.lookedAt !== undefined;
  const mayBeOurs = wasSentBefore || found.unsure.length > 0;
  return mayBeOurs ? unclear(step, answer) : refused(step, reasonOf(answer));
}

async function refused(step: Step, reason: Reason): Promise<JobOutcome> {
  const { entry } = await step.recordAnswer({ type: 'refused', reason, at: step.now });
  return followOr(step, entry, { kind: 'failed', reason });
}

/** It may or may not have been accepted: from now on it is looked up. */
async function unclear(step: Step, answer: Unclear): Promise<JobOutcome> {
  const { config, queues } = step.deps;
  const delayMs = lookUpDelay(0, config.unknown.windowMs);
  const isCoded = answer.kind === 'refused' || answer.isCoded === true ? true : undefined;
  const event = { type: 'unclear', reason: reasonOf(answer), at: step.now } as const;
  const { entry } = await step.recordAnswer(omitUndefined({ ...event, isCoded }), delayMs);
  if (entry) await queues.addPoll(triggerOf(entry), delayMs);
  return DONE;
}

/** A right, an agency or a call that only copies need, or the quota of another region. */
function isAboutCopy(request: ImageRequest, { reason }: Answer<'stop'>): boolean {
  if (request.kind !== 'copy' || reason === 'money' || reason === 'login') return false;
  return reason !== 'quota' || request.to !== undefined;
}

/** IMS may mean the project, or only this image. */
async function stopped(step: Step, answer: Answer<'stop'>): Promise<JobOutcome> {
  const { deps } = step;
  const reason = reasonOf(answer);
  if (isAboutCopy(step.entry.request, answer)) return refused(step, reason);
  switch (deps.refusals.scopeOf(step.key, answer)) {
    case 'image':
      return refused(step, { ...reason, advice: ONLY_THIS_IMAGE });
    case 'project':
      await stopProject(step, answer);
      await recordNotSent(step, reason);
      return { kind: 'put-back' };
    case 'again': {
      // The creates that are under way shall show which it is, before more are sent.
      await deps.project.coolDown('submit', AFTER_REFUSAL_MS);
      const entry = await recordNotSent(step, reason);
      return followOr(step, entry, again(AFTER_REFUSAL_MS * (1 + deps.random.next())));
    }
  }
}

async function notSent(
  step: Step,
  session: Session,
  answer: Answer<'not-sent'>,
): Promise<JobOutcome> {
  const entry = await recordNotSent(step, reasonOf(answer));
  const delayMs = await delayAfter(step, session, answer);
  const { stopping } = step.deps;
  return followOr(step, entry, stopping.aborted ? { kind: 'put-back' } : again(delayMs));
}

async function recordNotSent(step: Step, reason: Reason): Promise<LedgerEntry | undefined> {
  const event = { type: 'not-sent', reason, at: step.now } as const;
  return (await step.recordAnswer(event, step.deps.config.lockMs)).entry;
}

async function delayAfter(
  { deps, key }: Step,
  session: Session,
  answer: Answer<'not-sent'>,
): Promise<number> {
  switch (answer.cause) {
    case 'throttled':
      // Only copies have to wait for each other.
      if (answer.code === COPIES_FULL) return COPIES_FULL_MS * (1 + deps.random.next());
      return slowDown(deps, 'submit', answer.retryAfterMs);
    case 'token': {
      await deps.sessions.invalidate(session);
      const next = await deps.sessions.get().catch(() => undefined);
      // The same again: the token is too young to be renewed.
      return next?.fingerprint === session.fingerprint ? easeOff(deps, 'submit') : 0;
    }
    case 'network':
      if (answer.code === NOT_ON_DISK.code) await deps.guard.noteNotOnDisk(deps.clock.wall.now());
      deps.log.warn({ key, reason: reasonOf(answer) }, 'create not sent');
      return 1000 + 4000 * deps.random.next();
  }
}

/** What an older intent left may be followed instead. */
async function followOr(
  { deps }: Step,
  entry: LedgerEntry | undefined,
  otherwise: JobOutcome,
): Promise<JobOutcome> {
  if (entry?.state.status !== 'creating') return otherwise;
  await deps.queues.addPoll(triggerOf(entry), 0);
  return DONE;
}

/**
 * Stops the project once, with one message; every waiting image stays pending. The stop comes first: while
 * the quota is read, the next create would be refused as well.
 */
async function stopProject(
  { deps, key, entry }: Step,
  { reason, code, message, advice }: Answer<'stop'>,
): Promise<void> {
  const [batch] = entry.batches;
  const image = omitUndefined({ batch, name: entry.request.name, key });
  const stop = omitUndefined({ reason, code, message, advice, at: deps.clock.wall.now(), image });
  if (!(await deps.project.stop(stop))) return;
  const free = reason === 'quota' ? await freeQuota(deps) : undefined;
  if (free !== undefined) await deps.project.setFree(free);
  deps.log.error({ stop, free }, 'project stopped: nothing is submitted until this is fixed');
}

/** How many images the quota still allows; `Infinity`: it has no limit; `undefined`: it cannot be read. */
export async function freeQuota({ ims }: Pick<WorkerDeps, 'ims'>): Promise<number | undefined> {
  const read = await ims.quota();
  if (read.kind !== 'ok') return undefined;
  return Math.max(0, read.value.quota - read.value.used);
}

function reasonOf(answer: Exclude<SubmitAnswer, Answer<'accepted'>>): Reason {
  const { code, message, advice, requestId } = answer;
  return omitUndefined({ code, message, advice, requestId });
}
