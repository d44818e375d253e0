import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { isDone } from '../../shared/image/image-status.ts';
import { markerOf } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Found } from '../../shared/look-up/find-ours.ts';
import { unsureIds } from '../../shared/look-up/judge-unmarked.ts';
import { firstUnread, lookAtImages, type Seen } from '../../shared/look-up/look-at-images.ts';
import { type Reason, stateVersion } from '../../shared/state/import-state.ts';
import type { Followed } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { beside, hold, notLookedAt } from './hold-import.ts';
import { unsureReason } from './hold-reason.ts';
import { readOnceMore, stillRunning } from './keep-polling.ts';

interface Failing {
  readonly state: Followed;
  /** What IMS says. */
  readonly reason: Reason;
}

interface Failed extends Pick<Failing, 'reason'> {
  readonly found: Found;
  readonly imageId?: string;
}

/**
 * IMS says that an import has failed, by its job or by its image. That is believed when neither the list
 * nor a read shows an image of it that lives: one that may still become active is followed, one that is
 * active contradicts, and a person has to look.
 */
export async function failIfAgreed(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { state, reason }: Failing,
): Promise<Step> {
  const { imageId } = state;
  const known = [...new Set([...entry.seenImageIds, ...(imageId === undefined ? [] : [imageId])])];
  const seen = await lookAtImages(deps.ims, known, entry.request.enterprise_project_id);
  const found = await deps.looks.find(deps, entry);
  const unread =
    found.kind === 'failed' ? { ...found, kind: 'unread' as const } : firstUnread(seen);
  if (unread) return notLookedAt(deps, entry, { state, unread, failure: reason });
  const living = livingOf(entry, found, seen);
  const [image, ...more] = living;
  if (!image) {
    // Lists and reads hide images now and then: what was seen is gone only after several looks in a row.
    const isMissed = seen.some(({ sight }) => sight.kind === 'unlisted' || sight.kind === 'gone');
    const again = isMissed ? await readOnceMore(deps, entry, state) : undefined;
    return (
      again ?? failUnlessUnsure(deps, entry, { reason, found, ...itsImage(entry, state, seen) })
    );
  }
  const imageIds = living.map(({ id }) => id);
  if (more.length > 0 || isDone(image.status)) {
    return hold(deps, entry, { reason: contradiction(reason, living), imageIds, areOurs: true });
  }
  deps.log.warn(
    { key: entry.key, imageId: image.id, status: image.status, reason },
    'IMS says that it failed, yet its image lives: it is followed',
  );
  return stillRunning(deps, entry, { ...state, imageId: image.id });
}

/** Each image of it that is there, once. */
function livingOf(entry: LedgerEntry, found: Found, seen: readonly Seen[]): readonly ImsImage[] {
  const living = new Map<string, ImsImage>();
  for (const { sight } of seen) {
    if (sight.kind !== 'alive') continue;
    const isOurs = (markerOf(sight.image.tags) ?? entry.key) === entry.key;
    if (isOurs) living.set(sight.image.id, sight.image);
  }
  for (const image of found.kind === 'found' ? found.images : []) living.set(image.id, image);
  return [...living.values()];
}

/** The one that IMS named, unless it was seen with the marker of another import. */
function itsImage(
  { key }: LedgerEntry,
  { imageId }: Followed,
  seen: readonly Seen[],
): Pick<Failed, 'imageId'> {
  const sight = seen.find(({ id }) => id === imageId)?.sight;
  const marker = sight && 'image' in sight ? markerOf(sight.image.tags) : undefined;
  return imageId === undefined || (marker ?? key) !== key ? {} : { imageId };
}

async function failUnlessUnsure(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { reason, found, ...image }: Failed,
): Promise<Step> {
  const unsure = found.kind === 'found' ? found.unsure : [];
  if (unsure.length > 0) {
    const imageIds = unsureIds(unsure);
    const why = beside(unsureReason(unsure), reason);
    return hold(deps, entry, { reason: why, imageIds, areOurs: false });
  }
  const event = { type: 'failed', of: stateVersion(entry), reason, ...image } as const;
  await record(deps, entry.key, { event });
  return { kind: 'failed', reason };
}

function contradiction({ code, message }: Reason, living: readonly ImsImage[]): Reason {
  const images = living.map(({ id, status }) => `image ${id} is ${status}`).join(', ');
  return {
    code: 'CONTRADICTION',
    message: `IMS says that the import failed (${code}: ${message}), yet ${images}`,
    advice: 'Look at the image; ims-ferry resolve --adopt takes it, --fail gives it up.',
  };
}
