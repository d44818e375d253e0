import { DOUBLE, evidenceFirst } from './evidence.ts';
import type { FoundImage, ImportEvent } from './import-event.ts';
import { type ImportState, incarnation, type Progress } from './import-state.ts';

type Event<T extends ImportEvent['type']> = Extract<ImportEvent, { type: T }>;

/** Everything that has no image yet: one that carries our marker is ours, whatever else we thought. */
function mayBeFound(state: ImportState): boolean {
  switch (state.status) {
    case 'pending':
    case 'submitting':
    case 'unknown':
    case 'failed':
      return true;
    case 'creating':
    case 'succeeded':
    case 'cancelled':
      return false;
  }
}

/** Adopts an image; one that was found for something older is kept as evidence of a double. */
export function found(now: Progress, { of, image, at }: Event<'found'>): Progress | undefined {
  const { state } = now;
  if (incarnation(now) !== of || !mayBeFound(state)) return strayImage(now, image);
  const jobId = state.status === 'unknown' ? state.jobId : undefined;
  const job = jobId === undefined ? {} : { jobId };
  const queued = now.queued + 1;
  if (image.status === 'active') {
    const done = { status: 'succeeded', imageId: image.id, adopted: true, ...job } as const;
    return { ...now, queued, state: done };
  }
  const creating = { status: 'creating', since: at, imageId: image.id, adopted: true } as const;
  return { ...now, queued, state: { ...creating, ...job } };
}

function strayImage(now: Progress, image: FoundImage): Progress | undefined {
  const { state, strayImageIds } = now;
  const isKnown = 'imageId' in state && state.imageId === image.id;
  const isHeld = 'imageIds' in state && state.imageIds?.includes(image.id);
  const isNewer = state.status === 'submitting' || state.status === 'creating';
  if (isKnown || isHeld || strayImageIds.includes(image.id)) return undefined;
  // A job that has not told its image yet may well be the one that made this.
  const isOwn = state.status === 'creating' && state.imageId === undefined;
  if (isOwn || !(isNewer || state.status === 'succeeded')) return undefined;
  return { ...now, strayImageIds: [...strayImageIds, image.id] };
}

export function foundMany(now: Progress, event: Event<'found-many'>): Progress | undefined {
  const { state } = now;
  if (incarnation(now) !== event.of || !mayBeFound(state)) return undefined;
  const reason = {
    code: DOUBLE,
    message: `${event.imageIds.length} images carry the marker of this import`,
    advice: 'Look at the images, keep one, delete the other; nothing is deleted by itself.',
  };
  const before =
    state.status === 'unknown' ? state : { since: event.at, sendBy: event.at, lookUps: 0 };
  const { imageIds } = event;
  return { ...now, state: { ...before, status: 'unknown', reason, held: true, imageIds } };
}

export function notFound(now: Progress, event: Event<'not-found'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown' || state.held) return undefined;
  const looked = { ...state, lookUps: state.lookUps + 1 };
  switch (event.verdict) {
    case 'look-again':
      return { ...now, state: looked };
    case 'hold':
      return { ...now, state: { ...looked, held: true } };
    case 'resubmit': {
      // An IMS job that is known to exist is never answered by a second create.
      if (state.jobId !== undefined) return { ...now, state: { ...looked, held: true } };
      const pending = { status: 'pending', lastReason: state.reason, lookedAt: event.at } as const;
      return evidenceFirst({ ...now, queued: now.queued + 1 }, pending, event.at);
    }
  }
}

/** A person has decided; what an older intent left is still followed first. */
export function resolved(now: Progress, event: Event<'resolved'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown') return undefined;
  const next = { ...now, queued: now.queued + 1 };
  const { reason, at } = event;
  switch (event.verdict) {
    case 'resubmit':
      return evidenceFirst(next, { status: 'pending', lastReason: reason, lookedAt: at }, at);
    case 'fail': {
      const job = state.jobId === undefined ? {} : { jobId: state.jobId };
      return evidenceFirst(next, { status: 'failed', reason, ...job }, at);
    }
  }
}
