import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { firstUnread, lookAtImages, type Unread } from '../../shared/look-up/look-at-images.ts';
import { type Reason, stateVersion } from '../../shared/state/import-state.ts';
import { type Followed, learnDuration } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { type ImageVerdict, judgeImage, SUCCESS_WITHOUT_IMAGE_MS, worstOf } from './decide-job.ts';
import { notLookedAt } from './hold-import.ts';
import { failIfAgreed } from './judge-failure.ts';
import { lostRead, stillRunning } from './keep-polling.ts';
import { noteListing } from './measure-listing.ts';
import { judgeSighting } from './read-sighting.ts';

/**
 * The second of the two facts: the images themselves. SUCCESS is believed when the image is active;
 * an image that was found, not answered for, is followed by this alone.
 */
export async function checkImages(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<Step> {
  const imageId = state.imageId ?? (await markedImage(deps, entry));
  if (imageId === undefined) return imageMissing(deps, entry, state);
  const known = { ...state, imageId };
  const verdict = await judgeAll(deps, entry, known);
  if (typeof verdict === 'object') return notLookedAt(deps, entry, { state, unread: verdict });
  switch (verdict) {
    case 'active':
      return succeeded(deps, entry, known);
    case 'coming':
      return stillRunning(deps, entry, known);
    case 'missing':
      return imageMissing(deps, entry, known);
    case 'not-ours':
      return notOurs(deps, entry, imageId);
    case 'dead':
    case 'deleted':
      return failIfAgreed(deps, entry, { state: known, reason: deadReason(verdict, imageId) });
  }
}

function deadReason(verdict: 'dead' | 'deleted', imageId: string): Reason {
  return verdict === 'deleted'
    ? {
        code: 'IMAGE_DELETED',
        message: `image ${imageId} was deleted while it was being imported`,
        advice: 'Somebody deleted it; ims-ferry retry creates it again.',
      }
    : {
        code: 'IMAGE_DEAD',
        message: `IMS could not finish image ${imageId}`,
        advice: 'Look at the image in the console, delete it, and retry.',
      };
}

async function judgeAll(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed & { readonly imageId: string },
): Promise<ImageVerdict | 'missing' | Unread> {
  const { imageId, otherImageIds = [] } = state;
  const seen = await lookAtImages(
    deps.ims,
    [imageId, ...otherImageIds],
    entry.request.enterprise_project_id,
  );
  const unread = firstUnread(seen);
  if (unread) return unread;
  return worstOf(
    seen.map(({ id, sight }) =>
      'image' in sight ? judgeImage(sight.image, entry.key, id === imageId) : 'missing',
    ),
  );
}

async function markedImage(deps: WorkerDeps, entry: LedgerEntry): Promise<string | undefined> {
  const found = await deps.looks.find(deps, entry);
  return found.kind === 'found' && found.images.length === 1 ? found.images[0]?.id : undefined;
}

async function succeeded(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed & { imageId: string },
): Promise<Step> {
  const { imageId, otherImageIds = [] } = state;
  const of = stateVersion(entry);
  const event = { type: 'succeeded', of, imageId, otherImageIds } as const;
  const answer = await record(deps, entry.key, { event, seen: entry });
  if (answer.kind !== 'changed') return { kind: 'done' };
  await noteListing(deps, entry, state);
  await judgeSighting(deps, state, true);
  await learnDuration(deps, entry, state);
  return { kind: 'done' };
}

/** SUCCESS, yet no image: given ten minutes, then unknown. Without an IMS job: it is gone. */
async function imageMissing(deps: WorkerDeps, entry: LedgerEntry, state: Followed): Promise<Step> {
  if (state.jobId === undefined) return lostRead(deps, entry, state);
  const now = deps.clock.now();
  const successAt = state.successAt ?? now;
  if (now - successAt < SUCCESS_WITHOUT_IMAGE_MS) {
    return stillRunning(deps, entry, { ...state, successAt });
  }
  const reason = {
    code: 'NO_IMAGE',
    message: `IMS job ${state.jobId} ended with SUCCESS, but its image is not there`,
  };
  const of = stateVersion(entry);
  await record(deps, entry.key, { event: { type: 'lost', of, reason, at: now, hold: false } });
  return { kind: 'again', delayMs: deps.config.poll.minMs };
}

/** The image that was taken for ours carries the marker of another import. */
async function notOurs(deps: WorkerDeps, entry: LedgerEntry, imageId: string): Promise<Step> {
  const reason = {
    code: 'NOT_OURS',
    message: `image ${imageId} carries the marker of another import`,
  };
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const event = { type: 'lost', of, reason, at, hold: false, disowned: imageId } as const;
  await record(deps, entry.key, { event });
  return { kind: 'again', delayMs: deps.config.poll.minMs };
}
