import type { ImportEvent } from './import-event.ts';
import type { ImportState, Progress } from './import-state.ts';

type Pending = Extract<ImportState, { status: 'pending' }>;

/** The same, and these images are known from now on. */
export function seeing(now: Progress, ...imageIds: readonly (string | undefined)[]): Progress {
  const { seenImageIds } = now;
  const more = imageIds.filter((id) => id !== undefined && !seenImageIds.includes(id));
  if (more.length === 0) return now;
  return { ...now, seenImageIds: [...seenImageIds, ...(more as string[])] };
}

/** The same without an image that turned out to be another import's. */
export function disowning(now: Progress, imageId: string | undefined): Progress {
  if (imageId === undefined) return now;
  return { ...now, seenImageIds: now.seenImageIds.filter((id) => id !== imageId) };
}

/** A list is evidence whatever state the import is in. */
export function sighted(now: Progress, imageIds: readonly string[]): Progress | undefined {
  const next = seeing(now, ...imageIds);
  return next === now ? undefined : next;
}

/** A person wants another image in the place of all that are known. */
export function replacing({ seenImageIds }: Progress): Pick<Pending, 'replaces'> {
  return seenImageIds.length === 0 ? {} : { replaces: seenImageIds };
}

/** Known images that no person wants to have replaced: one of them may be the image itself. */
export function unreplaced({ seenImageIds }: Progress, { replaces = [] }: Pending): string[] {
  return seenImageIds.filter((id) => !replaces.includes(id));
}

/** One look found all of them gone; the last one that is needed lets the new attempt begin. */
export function gone(
  now: Progress,
  { isProven, at }: Extract<ImportEvent, { type: 'gone' }>,
): Progress | undefined {
  const { state } = now;
  if (state.status !== 'pending' || state.replaces === undefined) return undefined;
  if (unreplaced(now, state).length > 0) return undefined;
  const { replaces: _, gone: before, ...rest } = state;
  if (isProven) return { ...now, seenImageIds: [], state: { ...rest, lookedAt: at } };
  const { looks, since } = before ?? { looks: 0, since: at };
  return { ...now, state: { ...state, gone: { looks: looks + 1, since, at } } };
}
