import { isDone } from '../image/image-fields.ts';
import { DOUBLE, evidenceFirst } from './evidence.ts';
import type { FoundImage, ImportEvent } from './import-event.ts';
import { type ImportState, incarnation, type Progress } from './import-state.ts';
import { replacing, seeing } from './seen-images.ts';
import { ended } from './while-creating.ts';

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
  const isOf = incarnation(now) === of || wasAhead(now, of);
  if (!isOf || !mayBeFound(state)) return strayImage(now, image);
  const jobId = state.status === 'unknown' ? state.jobId : undefined;
  const job = jobId === undefined ? {} : { jobId };
  const next = { ...seeing(now, image.id), queued: now.queued + 1 };
  if (isDone(image.status)) {
    const done = { status: 'succeeded', imageId: image.id, adopted: true, ...job } as const;
    return { ...next, state: done };
  }
  const creating = { status: 'creating', since: at, imageId: image.id, adopted: true } as const;
  return { ...next, state: { ...creating, ...job } };
}

/**
 * The same intent, which the reader knew as unknown already: Redis has fallen back since. `sendBy` tells it from
 * a new intent that was given the same epoch.
 */
function wasAhead({ state, epoch, attempt }: Progress, of: string): boolean {
  if (state.status !== 'submitting') return false;
  return of.startsWith(`unknown:${epoch}:${attempt}:`) && of.endsWith(`:${state.sendBy}`);
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
  return { ...seeing(now, image.id), strayImageIds: [...strayImageIds, image.id] };
}

export function foundMany(now: Progress, event: Event<'found-many'>): Progress | undefined {
  const { state } = now;
  if (incarnation(now) !== event.of || !mayBeFound(state)) return undefined;
  const reason = {
    code: DOUBLE,
    message: `${event.imageIds.length} images carry the marker of this import`,
    advice: 'Look at the images, keep one, delete the other; nothing is deleted by itself.',
  };
  return held(seeing(now, ...event.imageIds), { ...event, reason });
}

/** A person has to look: what is known of it is kept, and what is in question is named. */
export function disputed(now: Progress, event: Event<'disputed'>): Progress | undefined {
  const { state } = now;
  const next = event.areOurs ? seeing(now, ...event.imageIds) : now;
  if (state.status === 'creating') {
    const lost = ended(state, { ...event, type: 'lost', hold: true });
    return { ...next, state: { ...lost, imageIds: event.imageIds } as ImportState };
  }
  return mayBeFound(state) ? held(next, event) : undefined;
}

function held(
  now: Progress,
  { at, reason, imageIds }: Pick<Event<'disputed'>, 'at' | 'reason' | 'imageIds'>,
): Progress {
  const { state } = now;
  const job = 'jobId' in state && state.jobId !== undefined ? { jobId: state.jobId } : {};
  const before = state.status === 'unknown' ? state : { since: at, sendBy: at, lookUps: 0, ...job };
  return { ...now, state: { ...before, status: 'unknown', reason, held: true, imageIds } };
}

export function notFound(now: Progress, event: Event<'not-found'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown' || state.held) return undefined;
  const looked = { ...state, lookUps: state.lookUps + 1 };
  const { reason = state.reason } = event;
  switch (event.verdict) {
    case 'look-again':
      return { ...now, state: looked };
    case 'hold':
      return { ...now, state: { ...looked, held: true, reason } };
    case 'resubmit': {
      // An IMS job or an image that is known to have existed is never answered by a second create.
      const isKnown = state.jobId !== undefined || now.seenImageIds.length > 0;
      if (isKnown) return { ...now, state: { ...looked, held: true, reason } };
      const code = state.isCoded ? { code: state.reason.code } : {};
      const resent = { times: (state.resent?.times ?? 0) + 1, ...code };
      const pending = { status: 'pending', lastReason: state.reason, lookedAt: event.at } as const;
      return evidenceFirst({ ...now, queued: now.queued + 1 }, { ...pending, resent }, event.at);
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
      return evidenceFirst(
        next,
        { status: 'pending', lastReason: reason, lookedAt: at, ...replacing(now) },
        at,
      );
    case 'fail': {
      const imageId = now.seenImageIds.at(-1);
      const job = state.jobId === undefined ? {} : { jobId: state.jobId };
      const image = imageId === undefined ? {} : { imageId };
      return evidenceFirst(next, { status: 'failed', reason, ...job, ...image }, at);
    }
  }
}
