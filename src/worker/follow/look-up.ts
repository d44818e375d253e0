import { markerOf } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { type Found, findOurs } from '../../shared/look-up/find-ours.ts';
import {
  firstAlive,
  firstUnread,
  lookAtImages,
  type Seen,
} from '../../shared/look-up/look-at-images.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { type ImportState, type Reason, stateVersion } from '../../shared/state/import-state.ts';
import { record } from '../record.ts';
import { slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { adoptFound } from './adopt.ts';
import { decideUnknown, lookUpDelay, MOST_RESENT } from './decide-unknown.ts';
import { holdReason, refusedReason } from './hold-reason.ts';

type Unknown = Extract<ImportState, { status: 'unknown' }>;

/** One look-up of an unknown import: when it began, and how long until the next one. */
interface Look {
  readonly entry: LedgerEntry;
  readonly state: Unknown;
  readonly startedAt: number;
  readonly pauseMs: number;
}

/** Settles an unknown import: adopt what is found, else wait out the window, then by policy. */
export async function lookUp(deps: WorkerDeps, entry: LedgerEntry, state: Unknown): Promise<Step> {
  const pauseMs = lookUpDelay(state.lookUps, deps.config.unknown.windowMs);
  // The end of a window is read off the ledger's time as it is now.
  await deps.clock.measure();
  const look: Look = { entry, state, startedAt: deps.clock.now(), pauseMs };
  const found = await findOurs(deps, entry);
  if (found.kind === 'failed') return notLookedUp(deps, look, found);
  if (found.images.length > 0) {
    await adoptFound(deps, entry, found.images);
    return { kind: 'done' };
  }
  const seen = await lookAtImages(
    deps.ims,
    entry.seenImageIds,
    entry.request.enterprise_project_id,
  );
  const image = firstAlive(seen);
  if (image && (markerOf(image.tags) ?? entry.key) === entry.key) {
    await adoptFound(deps, entry, [image]);
    return { kind: 'done' };
  }
  return foundNothing(deps, look, { seen, reason: holdReason(seen, found.unsure) });
}

/** What could not be read says nothing; where it never can be, a person has to know. */
async function notLookedUp(
  deps: WorkerDeps,
  look: Look,
  found: Extract<Found, { kind: 'failed' }>,
): Promise<Step> {
  if (found.throttled) {
    return { kind: 'again', delayMs: await slowDown(deps, 'read', found.retryAfterMs) };
  }
  const { startedAt, state, pauseMs } = look;
  const isOver = startedAt >= state.sendBy + deps.config.unknown.windowMs;
  if (!found.isForGood || !isOver) return { kind: 'again', delayMs: pauseMs };
  return decided(deps, look, { verdict: 'hold', reason: refusedReason(found.reason) });
}

async function foundNothing(
  deps: WorkerDeps,
  look: Look,
  evidence: { readonly seen: readonly Seen[]; readonly reason: Reason | undefined },
): Promise<Step> {
  const { startedAt, state, pauseMs } = look;
  const { seen, reason } = evidence;
  const { windowMs, policy } = deps.config.unknown;
  const unread = firstUnread(seen);
  // Not a complete look-up.
  if (unread && !unread.isForGood) return { kind: 'again', delayMs: pauseMs };
  const lag = await deps.project.listingLag();
  const hasEvidence = reason !== undefined;
  const resent = state.resent?.times ?? 0;
  const at = { startedAt, sendBy: state.sendBy, policy, windowMs, lag, hasEvidence, resent };
  const verdict = decideUnknown(at);
  return decided(deps, look, { verdict, reason: reason ?? sentTooOften(state) });
}

/** Why a policy that would send it again holds it. */
function sentTooOften({ resent, reason }: Unknown): Reason | undefined {
  if (resent === undefined || resent.times < MOST_RESENT) return undefined;
  const message = `sent again ${resent.times} times without a clear answer; the last one: ${reason.message}`;
  return { ...reason, message };
}

async function decided(
  deps: WorkerDeps,
  { entry, startedAt, pauseMs }: Look,
  {
    verdict,
    reason,
  }: {
    readonly verdict: ReturnType<typeof decideUnknown>;
    readonly reason: Reason | undefined;
  },
): Promise<Step> {
  const why = reason === undefined ? {} : { reason };
  const event = {
    type: 'not-found',
    of: stateVersion(entry),
    verdict,
    at: startedAt,
    ...why,
  } as const;
  const { entry: after } = await record(deps, entry.key, { event, nextStepMs: pauseMs });
  if (after?.state.status === 'pending') await deps.queues.addSubmits([triggerOf(after)]);
  if (after?.state.status === 'creating') await deps.queues.addPoll(triggerOf(after), 0);
  return verdict === 'look-again' ? { kind: 'again', delayMs: pauseMs } : { kind: 'done' };
}
