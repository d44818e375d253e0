import type { Explained } from '../shared/cloud/http/service-error.ts';
import type { ImsImage, ImsJob } from '../shared/cloud/ims/ims-answers.ts';
import { isDead, isDone } from '../shared/image/image-fields.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { describeSight, type SeenImage } from '../shared/look-up/inspect-images.ts';
import { mayBelongTo, type Unsure } from '../shared/look-up/match-images.ts';
import { CLOSED_CLOUD } from '../shared/look-up/place-of.ts';
import type { Difference, Reason } from '../shared/state/import-state.ts';
import { differencesText } from '../shared/state/story-line.ts';

/** What an IMS job reports of itself. */
type JobVerdict =
  | { readonly kind: 'running' }
  /** Check the images before believing it. */
  | { readonly kind: 'success' }
  | { readonly kind: 'failed'; readonly reason: Reason };

export function judgeJob(job: ImsJob): JobVerdict {
  switch (job.status) {
    case 'INIT':
    case 'RUNNING':
    case 'other':
      return { kind: 'running' };
    case 'SUCCESS':
      return { kind: 'success' };
    case 'FAIL':
      return {
        kind: 'failed',
        reason: job.error ?? { code: 'FAIL', message: 'the IMS job failed without a reason' },
      };
  }
}

type Owner = Pick<LedgerEntry, 'key' | 'request'>;

/** What an image reports of itself. */
type ImageVerdict = 'active' | 'coming' | 'dead' | 'deleted' | 'not-ours';

export function judgeImage(image: ImsImage, entry: Owner, isMain: boolean): ImageVerdict {
  if (isMain && !mayBelongTo(image, entry)) return 'not-ours';
  if (isDone(image.status)) return 'active';
  if (!isDead(image.status)) return 'coming';
  return image.status === 'killed' ? 'dead' : 'deleted';
}

/** The code of an image that is there and not what was requested. */
export const NOT_AS_REQUESTED = 'NOT_AS_REQUESTED';

/** Why an image that is active is no success (`--verify strict`). */
export function notAsRequested(imageId: string, differences: readonly Difference[]): Reason {
  return {
    code: NOT_AS_REQUESTED,
    message: `image ${imageId} is active, but not as requested: ${differencesText(differences)}`,
    advice:
      'Correct the image in IMS, or the manifest; ims-ferry retry then checks the same image again and creates no other one. To import it again, delete the image before the retry.',
  };
}

/** All images of one IMS job together: as good as the worst of them. */
export function worstOf(verdicts: readonly (ImageVerdict | 'missing')[]): ImageVerdict | 'missing' {
  const order = ['not-ours', 'deleted', 'dead', 'missing', 'coming', 'active'] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'missing';
}

/** Those that exist, and carry no marker of another import. */
export function aliveOf(seen: readonly SeenImage[], entry: Owner): readonly ImsImage[] {
  return seen.flatMap(({ sight }) =>
    sight.kind === 'alive' && mayBelongTo(sight.image, entry) ? [sight.image] : [],
  );
}

const RESOLVE =
  'ims-ferry resolve shows what is there now; --adopt takes an image, --resubmit creates again, --fail gives up.';

/**
 * Why an import waits for a person although nothing was found: an image was seen once, or one may be its
 * own. `undefined` when there is neither.
 */
export function holdReason(
  seen: readonly SeenImage[],
  unsure: readonly Unsure[],
): Reason | undefined {
  if (seen.length > 0) return seenOnce(seen);
  return unsure.length > 0 ? unsureReason(unsure) : undefined;
}

function seenOnce(seen: readonly SeenImage[]): Reason {
  const now = seen.map(describeSight).join('; ');
  const isGone = seen.every(({ sight }) => sight.kind === 'gone' || sight.kind === 'dead');
  if (!isGone) {
    const message = `an image of this import was seen and is not listed now: ${now}`;
    return { code: 'IMAGE_HIDDEN', message, advice: RESOLVE };
  }
  const message = `the image was deleted while it was being imported: it was there, and now ${now}`;
  return { code: 'IMAGE_DELETED', message, advice: RESOLVE };
}

export function unsureReason(unsure: readonly Unsure[]): Reason {
  const each = unsure.map(({ image, why }) => `${nameOf(image)}: ${why}`);
  return {
    code: 'IMAGE_UNSURE',
    message: `a listed image may be the image of this import: ${each.join('; ')}`,
    advice: `Compare the images in the console. ${RESOLVE}`,
  };
}

function nameOf({ id, name, status }: Unsure['image']): string {
  const word = status === '' ? '' : ` (${status})`;
  return id === ''
    ? `an image without an id, ${name || 'and without a name'}${word}`
    : `image ${id}${word}`;
}

/** Something other than IMS answers for the image, again and again, while IMS itself can be reached. */
export function unreadableReason({ code, message }: Explained): Reason {
  return {
    code: 'IMAGE_UNREADABLE',
    message: `something other than IMS answers when the image is read: ${code}: ${message}`,
    advice: `Check what is between the worker and IMS: a gateway, firewall or proxy. Then check the image. ${RESOLVE}`,
  };
}

/** A right is missing; retrying changes nothing. */
export function refusedReason({ code, message }: Explained): Reason {
  if (CLOSED_CLOUD.has(code)) {
    return {
      code: 'LOOK_UP_REFUSED',
      message: `the cloud of this copy cannot be read: ${code}: ${message}`,
      advice: 'Fix its entry in clouds.yaml, start the worker again, then run: ims-ferry resolve.',
    };
  }
  return {
    code: 'LOOK_UP_REFUSED',
    message: `IMS refuses to show whether the image is there: ${code}: ${message}`,
    advice:
      'Request the right to list and read images (ims:images:list, ims:images:get), then run: ims-ferry resolve.',
  };
}

/** One reason, together with the failure that IMS reports. */
export function beside(reason: Reason, { code, message }: Reason): Reason {
  const failed = `IMS reports that the import failed: ${code}: ${message}`;
  return { ...reason, message: `${reason.message}; ${failed}` };
}
