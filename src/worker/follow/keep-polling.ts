import type { Explained, ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { type Reason, stateVersion } from '../../shared/state/import-state.ts';
import { transition } from '../../shared/state/machine.ts';
import { type Followed, planNextPoll } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import { READS_STOPPED } from '../refusal-watch.ts';
import { slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { LOST_READS, OVERDUE_MS } from './decide-job.ts';
import { lookUpDelay } from './decide-unknown.ts';
import { type InHand, isNear, isNoNews, type Polled, tellAfterMs } from './in-hand.ts';
import { judgeSighting } from './read-sighting.ts';

export type FailedRead = Extract<ReadAnswer<unknown>, { kind: 'failed' }>;

/** Notes what the poll told and plans the next one. */
export async function stillRunning(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<Step> {
  const now = deps.clock.now();
  const overdue = now - state.since > OVERDUE_MS;
  await judgeSighting(deps, state, false);
  const delayMs = overdue ? deps.config.poll.maxMs : await planNextPoll(deps, entry, state);
  if (overdue && !state.overdue) {
    deps.log.warn({ key: entry.key, name: entry.request.name }, 'import runs longer than a day');
  }
  const event = { ...polledEvent(state, { overdue, at: now }), of: stateVersion(entry) };
  if (!state.mayStay || !isNear(deps.config, delayMs)) {
    await record(deps, entry.key, { event, nextStepMs: delayMs, seen: entry });
    return { kind: 'again', delayMs };
  }
  return { kind: 'again', delayMs, ...(await keptInHand(deps, entry, { event, delayMs, state })) };
}

/** What is no news is told to the ledger only so often that nobody thinks the import forgotten. */
async function keptInHand(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { event, delayMs, state }: { readonly event: Polled; delayMs: number; state: Followed },
): Promise<{ readonly inHand?: InHand }> {
  // A queue job that has just come is on time: what was planned for it leaves two locks more.
  const { tellBy = event.at + tellAfterMs(deps.config) } = state;
  const next = transition(entry, event);
  if (next && event.at + delayMs < tellBy && isNoNews(entry.state, event)) {
    return { inHand: { entry: { ...entry, ...next, polls: entry.polls + 1 }, tellBy } };
  }
  const told = await record(deps, entry.key, { event, nextStepMs: delayMs, seen: entry });
  if (told.kind !== 'changed') return {};
  return { inHand: { entry: told.entry, tellBy: event.at + delayMs + tellAfterMs(deps.config) } };
}

function polledEvent(
  state: Followed,
  { overdue, at }: { readonly overdue: boolean; readonly at: number },
) {
  const { progress, imageId, otherImageIds, successAt } = state;
  return {
    type: 'polled',
    at,
    overdue,
    lost: false,
    ...(progress === undefined ? {} : { progress }),
    ...(imageId === undefined ? {} : { imageId }),
    ...(otherImageIds === undefined ? {} : { otherImageIds }),
    ...(successAt === undefined ? {} : { successAt }),
  } as const;
}

/** IMS: jobs were seen to be unknown for seconds after their create was accepted. */
const YOUNG_MS = 60_000;

function isTooYoung({ clock }: WorkerDeps, { jobId, since }: Followed): boolean {
  return jobId !== undefined && clock.now() - since < YOUNG_MS;
}

/** Such a read counts for nothing. */
async function notKnownYet(deps: WorkerDeps, entry: LedgerEntry): Promise<Step> {
  const { minMs, maxMs } = deps.config.poll;
  const delayMs = Math.min(maxMs, 2 * minMs);
  const at = deps.clock.now();
  const event = {
    type: 'polled',
    at,
    of: stateVersion(entry),
    overdue: false,
    lost: false,
  } as const;
  await record(deps, entry.key, { event, nextStepMs: delayMs });
  return { kind: 'again', delayMs };
}

/** IMS does not know the job or the image: only several such answers in a row are believed. */
export async function lostRead(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<Step> {
  if (isTooYoung(deps, state)) return notKnownYet(deps, entry);
  const again = await readOnceMore(deps, entry, state);
  if (again) return again;
  const reason = lostReason(state);
  const delayMs = lookUpDelay(0, deps.config.unknown.windowMs);
  const of = stateVersion(entry);
  const event = { type: 'lost', of, reason, at: deps.clock.now(), hold: false } as const;
  await record(deps, entry.key, { event, nextStepMs: delayMs });
  return { kind: 'again', delayMs };
}

/** A read that says nothing good is believed only after several in a row: `undefined` when it is. */
export async function readOnceMore(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { lostReads = 0 }: Pick<Followed, 'lostReads'>,
): Promise<Step | undefined> {
  if (lostReads + 1 >= LOST_READS) return undefined;
  const delayMs = Math.min(deps.config.poll.maxMs, deps.config.poll.minMs * 2 ** lostReads);
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const event = { type: 'polled', at, of, overdue: false, lost: true } as const;
  await record(deps, entry.key, { event, nextStepMs: delayMs });
  return { kind: 'again', delayMs };
}

/** Answers in a row: with the pauses between them that is the better part of an hour. */
export const FOREIGN_READS = 30;

/** An answer that is not IMS's, or about nothing, is given up after many in a row: `undefined` when it is. */
export async function readStrangeOnceMore(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { foreignReads = 0, code, message }: Explained & Pick<Followed, 'foreignReads'>,
): Promise<Step | undefined> {
  if (foreignReads + 1 >= FOREIGN_READS) return undefined;
  deps.log.warn({ key: entry.key, code, message }, 'poll failed, trying again');
  const { minMs, maxMs } = deps.config.poll;
  const delayMs = Math.min(maxMs, minMs * 2 ** Math.min(foreignReads, 16));
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const event = { type: 'polled', at, of, overdue: false, lost: false, foreign: true } as const;
  await record(deps, entry.key, { event, nextStepMs: delayMs });
  return { kind: 'again', delayMs };
}

function lostReason({ jobId, imageId }: Followed): Reason {
  if (jobId !== undefined || imageId === undefined) {
    return { code: 'JOB_GONE', message: 'IMS does not know this import any more' };
  }
  return { code: 'IMAGE_GONE', message: `IMS does not show image ${imageId} any more` };
}

/** The read itself failed: the import stays as it is. */
export async function pollFailed(
  deps: WorkerDeps,
  entry: LedgerEntry,
  answer: FailedRead,
): Promise<Step> {
  if (answer.throttled) {
    return { kind: 'again', delayMs: await slowDown(deps, 'read', answer.retryAfterMs) };
  }
  const { code, message, requestId } = answer;
  if (code === READS_STOPPED) return waitStopped(deps, entry);
  deps.log.warn({ key: entry.key, code, message, requestId }, 'poll failed, trying again');
  return { kind: 'again', delayMs: deps.config.poll.minMs * (1 + deps.random.next()) };
}

/** The project is stopped because IMS refuses to be read: it waits for a person, not for the cloud. */
async function waitStopped(deps: WorkerDeps, entry: LedgerEntry): Promise<Step> {
  const { poll, lockMs } = deps.config;
  const delayMs = poll.maxMs;
  await deps.ledger.putOff([entry.key], deps.clock.now() + delayMs + 2 * lockMs);
  return { kind: 'again', delayMs };
}
