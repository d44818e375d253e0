import type { ImportState, Progress } from '../state/import-state.ts';

/** What a change does to the index of images. */
export interface Claims {
  /** Images that the import is said to have: no other import may have one of them. */
  readonly needed: readonly string[];
  /** Images that it may have: taken where nobody has them. */
  readonly wished: readonly string[];
  /** Whether it may have created an image that nobody knows. */
  readonly unowned: 'yes' | 'no' | 'as before';
}

/** Which images the import gets by a change; pure. Most changes bring none. */
export function claimsOf(before: Progress, next: Progress): Claims {
  const had = ownOf(before.state);
  const needed = ownOf(next.state).filter((id) => !had.includes(id));
  // One that was only seen may be another's: it is asked for again when it becomes its own.
  const known = [...before.seenImageIds, ...needed];
  const wished = next.seenImageIds.filter((id) => !known.includes(id));
  return { needed, wished, unowned: unownedAfter(before, next) };
}

/** Only these two say that the image is the import's own. */
function ownOf(state: ImportState): readonly string[] {
  if (state.status !== 'creating' && state.status !== 'succeeded') return [];
  const { imageId, otherImageIds = [] } = state;
  return imageId === undefined ? otherImageIds : [imageId, ...otherImageIds];
}

/** An import that comes to rest without an image may have left one behind: siblings ask for that. */
function unownedAfter(before: Progress, next: Progress): Claims['unowned'] {
  if (next.seenImageIds.length > 0) return before.seenImageIds.length > 0 ? 'as before' : 'no';
  const from = before.state.status;
  const to = next.state.status;
  const wasSent = from === 'unknown' || from === 'creating';
  const isLeft = to === 'pending' || to === 'failed' || to === 'cancelled';
  return wasSent && isLeft ? 'yes' : 'as before';
}
