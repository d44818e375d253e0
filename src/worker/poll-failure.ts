import type { ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import { isDone } from '../shared/image/image-fields.ts';
import type { Found } from '../shared/look-up/find-ours.ts';
import {
  firstUnread,
  inspectImages,
  type SeenImage,
  type Unread,
} from '../shared/look-up/inspect-images.ts';
import { mayBelongTo, unsureIds } from '../shared/look-up/match-images.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { Reason } from '../shared/state/import-state.ts';
import { aliveOf, beside, unsureReason } from './judge.ts';
import { DONE, type JobOutcome, type Step } from './step.ts';

/** The poll that has met the failure. */
interface FailedPoll {
  readonly step: Step;
  readonly imageId: string | undefined;
  unreadable(unread: Unread, reason?: Reason): Promise<JobOutcome>;
  readOnceMore(): Promise<JobOutcome | undefined>;
  keepPolling(news: { readonly imageId: string }): Promise<JobOutcome>;
}

/**
 * IMS reports, by its job or by its image, that an import has failed. That is believed when neither the list
 * nor a read shows an image of it that is alive: one that may still become active is followed; one that is
 * active contradicts the failure, and a person has to look.
 */
export async function failIfAgreed(poll: FailedPoll, reason: Reason): Promise<JobOutcome> {
  const { step, imageId } = poll;
  const { deps, entry } = step;
  const known = new Set(
    imageId === undefined ? entry.seenImageIds : [...entry.seenImageIds, imageId],
  );
  const seen = await inspectImages(
    await step.imsOfImage(),
    [...known],
    entry.request.enterprise_project_id,
  );
  const found = await deps.lookUps.find(deps, entry);
  if (found.kind === 'failed') return poll.unreadable({ ...found, kind: 'unread' }, reason);
  const unread = firstUnread(seen);
  if (unread) return poll.unreadable(unread, reason);
  const all = [...aliveOf(seen, entry), ...found.images];
  const [image, ...more] = new Map(all.map((one) => [one.id, one])).values();
  if (!image) return noneAlive(poll, { reason, found, seen });
  if (more.length > 0 || isDone(image.status)) {
    const alive = [image, ...more];
    const imageIds = alive.map(({ id }) => id);
    await step.hold({ reason: contradiction(reason, alive), imageIds, areOurs: true });
    return DONE;
  }
  step.log.warn(
    { imageId: image.id, status: image.status, reason },
    'IMS reports a failure, but the image is alive: it is followed',
  );
  return poll.keepPolling({ imageId: image.id });
}

interface NoneAlive {
  readonly reason: Reason;
  readonly found: Extract<Found, { kind: 'found' }>;
  readonly seen: readonly SeenImage[];
}

async function noneAlive(
  poll: FailedPoll,
  { reason, found, seen }: NoneAlive,
): Promise<JobOutcome> {
  const { step, imageId } = poll;
  // Lists and reads hide images now and then: what was seen is gone only after several reads in a row.
  const isMissed = seen.some(({ sight }) => sight.kind === 'unlisted' || sight.kind === 'gone');
  const later = isMissed ? await poll.readOnceMore() : undefined;
  if (later) return later;
  if (found.unsure.length > 0) {
    const imageIds = unsureIds(found.unsure);
    const why = beside(unsureReason(found.unsure), reason);
    await step.hold({ reason: why, imageIds, areOurs: false });
    return DONE;
  }
  const sight = seen.find(({ id }) => id === imageId)?.sight;
  const isOthers = sight !== undefined && 'image' in sight && !mayBelongTo(sight.image, step.entry);
  const own = isOthers ? undefined : imageId;
  await step.record(omitUndefined({ type: 'failed', reason, imageId: own } as const));
  return { kind: 'failed', reason };
}

function contradiction({ code, message }: Reason, alive: readonly ImsImage[]): Reason {
  const images = alive.map(({ id, status }) => `image ${id} is ${status}`).join(', ');
  return {
    code: 'CONTRADICTION',
    message: `IMS reports that the import failed (${code}: ${message}), yet ${images}`,
    advice: 'Check the image; ims-ferry resolve --adopt takes it, --fail gives up.',
  };
}
