import type { Copying } from '../shared/cloud/ims/ims-answers.ts';
import { ALL_ENTERPRISE_PROJECTS } from '../shared/image/image-fields.ts';
import { findOurs, isElsewhere } from '../shared/look-up/find-ours.ts';
import { firstUnread, inspectImages, type SeenImage } from '../shared/look-up/inspect-images.ts';
import { unsureIds } from '../shared/look-up/match-images.ts';
import type { ImportState, Reason } from '../shared/state/import-state.ts';
import { unreplaced } from '../shared/state/rules.ts';
import { readSource } from './copy-source.ts';
import { aliveOf, holdReason, refusedReason, unsureReason } from './judge.ts';
import { slowDown } from './request-pace.ts';
import { again, DONE, type JobOutcome, type Step } from './step.ts';

type Pending = Extract<ImportState, { status: 'pending' }>;

/** This many times in a row, list and image reads have to agree that an image is gone. */
export const GONE_CHECKS = 8;
const LONGEST_SPAN_MS = 30_000;
const UNREAD_MS = 5000;
const MOVED = again(100);

/** Milliseconds between two of the checks: one bad moment of the cloud must not affect all of them. */
function checksApartMs(windowMs: number): number {
  return Math.min(windowMs / 3, LONGEST_SPAN_MS) / (GONE_CHECKS - 1);
}

/**
 * An import of which an image is known is created again only when a person requests that and the image is
 * gone: the list and a read of the image agree, several times, spread over time. An image that still exists
 * is taken over instead. Most imports have none, and cost nothing. `undefined`: no image is known any more.
 */
export async function checkGone(step: Step): Promise<JobOutcome | undefined> {
  const { deps, key, entry } = step;
  const { state, request } = entry;
  if (state.status !== 'pending') return MOVED;
  const ids = [...new Set([...entry.seenImageIds, ...(state.replaces ?? [])])];
  if (ids.length === 0) return undefined;
  const apartMs = checksApartMs(deps.config.unknown.windowMs);
  // A queue job that is promoted does not bring the checks closer together.
  const waitMs = state.gone ? Math.min(apartMs, state.gone.at + apartMs - step.now) : 0;
  if (waitMs > 0) return again(waitMs);
  // The marker is looked up twice; in between, reads by id and the list by id have to agree.
  const isFirstOrLast = state.gone === undefined || state.gone.looks >= GONE_CHECKS - 1;
  const found = isFirstOrLast ? await findOurs(deps, entry) : NOTHING_FOUND;
  if (found.kind === 'failed') {
    if (found.isForGood) return holdFor(step, refusedReason(found.reason), ids);
    return found.throttled ? again(await slowDown(deps, 'read', found.retryAfterMs)) : later(step);
  }
  const ims = await step.imsOfImage();
  const seen = await inspectImages(ims, ids, request.enterprise_project_id);
  const images = found.images.length > 0 ? found.images : aliveOf(seen, entry);
  if (images.length > 0) {
    const imageIds = images.map(({ id }) => id);
    deps.log.warn({ key, imageIds }, 'image still exists, nothing to recreate');
    await step.adopt(images);
    return MOVED;
  }
  if (found.unsure.length > 0) return holdFor(step, unsureReason(found.unsure), ids);
  const unread = firstUnread(seen);
  if (unread?.isForGood) return holdFor(step, refusedReason(unread.reason), ids);
  return unread ? later(step) : allGone(step, state, seen);
}

const NOTHING_FOUND = { kind: 'found', images: [], unsure: [] } as const;

function later({ deps }: Step): JobOutcome {
  return again(UNREAD_MS * (0.5 + deps.random.next()));
}

async function holdFor(
  step: Step,
  reason: Reason,
  imageIds: readonly string[],
): Promise<JobOutcome> {
  await step.hold({ reason, imageIds, areOurs: false });
  return MOVED;
}

async function allGone(
  step: Step,
  state: Pending,
  seen: readonly SeenImage[],
): Promise<JobOutcome | undefined> {
  // Nobody has asked to replace these: a list showed them a moment ago.
  const others = unreplaced(step.entry, state);
  const reason = others.length > 0 ? holdReason(seen, []) : undefined;
  if (reason) return holdFor(step, reason, others);
  const areDead = seen.every(({ sight }) => sight.kind === 'dead');
  const isProven = areDead || (state.gone?.looks ?? 0) + 1 >= GONE_CHECKS;
  const delayMs = checksApartMs(step.deps.config.unknown.windowMs);
  const answer = await step.record({ type: 'gone', isProven, at: step.now }, delayMs);
  if (!isProven) return again(delayMs);
  if (answer.kind === 'changed') return undefined;
  return answer.entry ? MOVED : DONE;
}

/** `clear`: nothing speaks against a create. `moved`: an image was adopted. `unread`: try again. */
export type Verdict = 'clear' | 'moved' | 'unread';

/**
 * What has to be checked before each attempt to be admitted, because waiting may take hours: that an earlier
 * create of this import has still left no image. Most imports have none, and cost nothing. Only a look-up by
 * this process counts as fresh: the fleet's time stops while no worker runs.
 */
export function createVerifier(step: Step, copying?: Copying): () => Promise<Verdict> {
  const { deps, entry } = step;
  const { state, request } = entry;
  if (state.status !== 'pending') return async () => 'moved';
  const freshMs = deps.config.unknown.windowMs / 3;
  const { clock } = deps;
  // By two clocks: one of them notices a host that slept, the other a wall clock that was set.
  let lookedUp = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };
  return async () => {
    // Its source may have another image by now, or none.
    const source = request.kind === 'copy' ? await readSource(deps, request) : undefined;
    const imageId = source?.kind === 'ready' ? source.copying.imageId : undefined;
    if (imageId !== copying?.imageId) return 'moved';
    if (state.lookedAt === undefined && !isUnlisted(step)) return 'clear';
    const now = { wall: clock.wall.now(), monotonic: clock.monotonic() };
    const wallMs = now.wall - lookedUp.wall;
    const isFresh = wallMs < freshMs && now.monotonic - lookedUp.monotonic < freshMs;
    if (wallMs >= 0 && isFresh) return 'clear';
    const found = await findOurs(deps, entry);
    if (found.kind === 'failed') {
      // Others need not wait for what only this image needs.
      if (!found.isForGood || !found.isOwn) return 'unread';
      await holdFor(step, refusedReason(found.reason), []);
      return 'moved';
    }
    if (found.images.length > 0) {
      await step.adopt(found.images);
      return 'moved';
    }
    // It may be the image of the earlier create: nothing is created beside it.
    if (found.unsure.length > 0) {
      await holdFor(step, unsureReason(found.unsure), unsureIds(found.unsure));
      return 'moved';
    }
    lookedUp = now;
    return 'clear';
  };
}

/** The list that was scanned before the first create lacks what is in another region or enterprise project. */
function isUnlisted({ deps: { enterpriseProjectId: usual }, entry: { request } }: Step): boolean {
  const own = request.enterprise_project_id;
  const isListed = usual === undefined || usual === ALL_ENTERPRISE_PROJECTS || usual === own;
  return isElsewhere(request) || (own !== undefined && !isListed);
}
