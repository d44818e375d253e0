import type { Config } from '../shared/config/config.ts';
import type { ListingLag } from '../shared/ledger/project-store.ts';
import { type Found, findOurs, listIsTrusted } from '../shared/look-up/find-ours.ts';
import { firstUnread, inspectImages } from '../shared/look-up/inspect-images.ts';
import { triggerOf } from '../shared/queues/queues.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { ImportState, Reason } from '../shared/state/import-state.ts';
import { aliveOf, holdReason, refusedReason } from './judge.ts';
import { slowDown } from './request-pace.ts';
import { again, DONE, type JobOutcome, type Step } from './step.ts';

type Unknown = Extract<ImportState, { status: 'unknown' }>;

/** One look-up of an unknown import: when it started, and how long until the next one. */
interface LookUp {
  readonly state: Unknown;
  readonly startedAt: number;
  readonly pauseMs: number;
}

/**
 * Looks an unknown import up: adopts what is found, otherwise waits until the window is over and then does
 * what the policy says.
 */
export async function lookUp(step: Step, state: Unknown): Promise<JobOutcome> {
  const { deps, entry } = step;
  const pauseMs = lookUpDelay(state.lookUps, deps.config.unknown.windowMs);
  // The end of the window is judged by the ledger's time as it is now.
  await deps.clock.measure();
  const one: LookUp = { state, startedAt: step.now, pauseMs };
  const found = await findOurs(deps, entry);
  if (found.kind === 'failed') return unreadList(step, one, found);
  if (found.images.length > 0) {
    await step.adopt(found.images);
    return DONE;
  }
  const project = entry.request.enterprise_project_id;
  const ims = await step.imsOfImage();
  const seen = await inspectImages(ims, entry.seenImageIds, project);
  const [image] = aliveOf(seen, entry);
  if (image) {
    await step.adopt([image]);
    return DONE;
  }
  const unread = firstUnread(seen);
  // The look-up is not complete.
  if (unread && !unread.isForGood) return again(pauseMs);
  return foundNothing(step, one, holdReason(seen, found.unsure));
}

/** A list that could not be read proves nothing; where it never can be, a person has to know. */
async function unreadList(
  step: Step,
  one: LookUp,
  found: Extract<Found, { kind: 'failed' }>,
): Promise<JobOutcome> {
  const { startedAt, state, pauseMs } = one;
  if (found.throttled) return again(await slowDown(step.deps, 'read', found.retryAfterMs));
  const isOver = startedAt >= state.sendBy + step.deps.config.unknown.windowMs;
  if (!found.isForGood || !isOver) return again(pauseMs);
  return conclude(step, one, { verdict: 'hold', reason: refusedReason(found.reason) });
}

/** `evidence`: an image of it was seen once, or one is there that may be its own. */
async function foundNothing(
  step: Step,
  one: LookUp,
  evidence: Reason | undefined,
): Promise<JobOutcome> {
  const { startedAt, state } = one;
  const { entry } = step;
  const { project, config } = step.deps;
  const { policy } = config.unknown;
  const resent = state.resent?.times ?? 0;
  const verdict = decideUnknown({
    startedAt,
    sendBy: state.sendBy,
    ...config.unknown,
    lag: await project.listingLag(),
    hasEvidence: evidence !== undefined,
    // How soon copies are listed was never measured.
    policy: entry.request.kind === 'copy' && policy === 'auto' ? 'hold' : policy,
    resent,
  });
  const tooOften = `sent again ${resent === 1 ? 'once' : `${resent} times`} without a clear answer; the last one: ${state.reason.message}`;
  const unclear = resent < MAX_RESENT ? undefined : { ...state.reason, message: tooOften };
  return conclude(step, one, { verdict, reason: evidence ?? unclear });
}

type Verdict = 'look-again' | 'resubmit' | 'hold';

async function conclude(
  step: Step,
  { startedAt, pauseMs }: LookUp,
  { verdict, reason }: { readonly verdict: Verdict; readonly reason: Reason | undefined },
): Promise<JobOutcome> {
  const event = { type: 'not-found', verdict, at: startedAt } as const;
  const { entry: after } = await step.record(omitUndefined({ ...event, reason }), pauseMs);
  if (after?.state.status === 'pending') await step.deps.queues.addSubmits([triggerOf(after)]);
  if (after?.state.status === 'creating') await step.deps.queues.addPoll(triggerOf(after), 0);
  return verdict === 'look-again' ? again(pauseMs) : DONE;
}

/** A complete look-up that found nothing, and what is known about the cloud's list. */
interface FoundNothing {
  readonly startedAt: number;
  readonly sendBy: number;
  readonly policy: Config['unknown']['policy'];
  readonly windowMs: number;
  readonly lag: ListingLag;
  /** An image of it was seen once, or one is there that may be its own. */
  readonly hasEvidence: boolean;
  /** How often a policy has sent it again already. */
  readonly resent: number;
}

/** No policy sends one image again forever: after this many times a person has to look. */
const MAX_RESENT = 10;

/**
 * What follows from finding nothing. Nothing is decided before a look-up that started after the end of the
 * window. `auto` resubmits only where images in creation were measured to show their marker in time.
 */
export function decideUnknown(found: FoundNothing): Verdict {
  if (found.startedAt < found.sendBy + found.windowMs) return 'look-again';
  // No policy creates beside an image that may exist.
  if (found.hasEvidence || found.resent >= MAX_RESENT) return 'hold';
  switch (found.policy) {
    case 'resubmit':
      return 'resubmit';
    case 'hold':
      return 'hold';
    case 'auto':
      return listIsTrusted(found.lag, found.windowMs) ? 'resubmit' : 'hold';
  }
}

/** Pause before look-up number `done + 1`: grows, and scales with the window. */
export function lookUpDelay(done: number, windowMs: number): number {
  const first = windowMs / 60;
  return Math.round(Math.max(50, Math.min(windowMs / 6, first * 2 ** Math.min(done, 10))));
}
