import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { Unsure } from '../../shared/look-up/judge-unmarked.ts';
import { describeSight, type Seen } from '../../shared/look-up/look-at-images.ts';
import type { Reason } from '../../shared/state/import-state.ts';

const RESOLVE =
  'ims-ferry resolve shows what is seen now; --adopt takes an image, --resubmit creates again, --fail gives it up.';

/**
 * Why an import waits for a person although nothing was found: what was seen once, or what may be its
 * own; pure. `undefined` where there is neither.
 */
export function holdReason(seen: readonly Seen[], unsure: readonly Unsure[]): Reason | undefined {
  if (seen.length > 0) return seenOnce(seen);
  return unsure.length > 0 ? unsureReason(unsure) : undefined;
}

function seenOnce(seen: readonly Seen[]): Reason {
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
    message: `what is listed may be the image of this import: ${each.join('; ')}`,
    advice: `Compare the images in the console. ${RESOLVE}`,
  };
}

function nameOf({ id, name, status }: Unsure['image']): string {
  const word = status === '' ? '' : ` (${status})`;
  return id === ''
    ? `an image without an id, ${name || 'and without a name'}${word}`
    : `image ${id}${word}`;
}

/** Something else than IMS answers for the image, again and again, while IMS itself can be reached. */
export function unreadableReason({ code, message }: Explained): Reason {
  return {
    code: 'IMAGE_UNREADABLE',
    message: `something else than IMS answers when the image is read: ${code}: ${message}`,
    advice: `See what stands between the worker and IMS: a gateway, firewall or proxy. Then look at the image. ${RESOLVE}`,
  };
}

/** Asking again changes nothing: a right is missing. */
export function refusedReason({ code, message }: Explained): Reason {
  return {
    code: 'LOOK_UP_REFUSED',
    message: `IMS refuses to show whether the image is there: ${code}: ${message}`,
    advice:
      'Ask for the right to list and read images (ims:images:list, ims:images:get), then run: ims-ferry resolve.',
  };
}
