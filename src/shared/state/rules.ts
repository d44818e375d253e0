import { isDone } from '../image/image-fields.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import {
  type FoundImage,
  type ImportEvent,
  type ImportState,
  type Progress,
  stateVersion,
} from './import-state.ts';

/*
 * How each event changes an import. `machine.ts` calls a rule only where its table has the event; a rule
 * that returns `undefined` changes nothing.
 */

type Event<T extends ImportEvent['type']> = Extract<ImportEvent, { type: T }>;
type State<S extends ImportState['status']> = Extract<ImportState, { status: S }>;

/** The reason of an unknown import for which several images were found. */
export const DOUBLE = 'DOUBLE';
/** The reason of an import that was missing from the ledger while IMS may have been creating it. */
export const LEDGER_LOST = 'LEDGER_LOST';

export function admitted(now: Progress, { sendBy, sender }: Event<'admitted'>) {
  const { state } = now;
  // An image that was seen once may still exist: nothing is created beside it.
  if (state.status !== 'pending' || now.seenImageIds.length > 0) return undefined;
  const { lookedAt, resent } = state;
  const next = omitUndefined({ status: 'submitting', sendBy, sender, lookedAt, resent } as const);
  return { ...now, epoch: now.epoch + 1, state: next };
}

/**
 * A job id proves that IMS works on this import. It wins over everything that is not settled if it
 * belongs to the newest intent, and over pending whatever its epoch: nothing newer is on its way.
 */
export function accepted(now: Progress, event: Event<'accepted'>): Progress | undefined {
  const { state } = now;
  const { jobId, at } = event;
  if ('jobId' in state && state.jobId === jobId) return undefined;
  if (state.status === 'pending' || isLost(state)) return followJob(now, event);
  if (now.epoch === event.epoch) {
    if (state.status === 'submitting') {
      return { ...now, state: { status: 'creating', since: at, jobId } };
    }
    const isUnknown = state.status === 'unknown' && state.jobId === undefined;
    if (isUnknown && state.reason.code !== DOUBLE) return followJob(now, event);
    // Its image was found before this answer came; the worker checks whether it is this job's.
    const isFound =
      state.status === 'creating' || (state.status === 'succeeded' && state.adopted === true);
    if (isUnknown || (isFound && state.jobId === undefined)) {
      return { ...now, state: { ...state, jobId } };
    }
  }
  if (now.lateJobIds.includes(jobId)) return undefined;
  return { ...now, lateJobIds: [...now.lateJobIds, jobId] };
}

/** The ledger had lost the import and all of its epochs: nothing newer is on its way. */
function isLost(state: ImportState): boolean {
  return (
    state.status === 'unknown' && state.jobId === undefined && state.reason.code === LEDGER_LOST
  );
}

/** From a state that had no poll job: the id of an old one may still be in use. */
function followJob(now: Progress, event: Event<'accepted'>): Progress {
  const { jobId, at, epoch, takenImageId } = event;
  const [imageId, another] = now.seenImageIds.filter((id) => id !== takenImageId);
  const image = another === undefined ? omitUndefined({ imageId }) : {};
  const state = { status: 'creating', since: at, jobId, ...image } as const;
  return { ...now, epoch: Math.max(now.epoch, epoch), queued: now.queued + 1, state };
}

/** Every answer but a job id counts only for the intent that is being sent. */
export function answered(
  now: Progress,
  event: Event<'not-sent' | 'refused' | 'unclear'>,
): Progress | undefined {
  const { state } = now;
  if (state.status !== 'submitting' || now.epoch !== event.epoch) return undefined;
  const { sendBy, lookedAt, resent } = state;
  const { reason, at } = event;
  switch (event.type) {
    case 'not-sent': {
      const pending = { status: 'pending', lastReason: reason, lookedAt, resent } as const;
      return resumeOlderCreate(now, omitUndefined(pending), at);
    }
    case 'refused':
      return resumeOlderCreate(now, { status: 'failed', reason }, at);
    case 'unclear': {
      const { hold: held = false } = event;
      const isCoded = event.isCoded || undefined;
      const unknown = { status: 'unknown', since: at, sendBy, reason, held, lookUps: 0 } as const;
      return { ...now, state: omitUndefined({ ...unknown, resent, isCoded }) };
    }
  }
}

/** An import whose create is being followed. */
export function followed(
  now: Progress,
  event: Event<'polled' | 'probed' | 'succeeded' | 'failed' | 'lost'>,
): Progress | undefined {
  const { state } = now;
  if (state.status !== 'creating') return undefined;
  const { jobId } = state;
  switch (event.type) {
    case 'polled':
      return { ...seeing(now, event.imageId), state: polled(state, event) };
    case 'probed':
      return { ...now, state: { ...state, listed: event.listed } };
    case 'succeeded': {
      const { imageId } = event;
      const otherImageIds = event.otherImageIds.length > 0 ? event.otherImageIds : undefined;
      const differences = someOf(event.differences);
      const next = { status: 'succeeded', imageId, jobId, otherImageIds, differences } as const;
      return { ...seeing(now, imageId), state: omitUndefined(next) };
    }
    case 'failed': {
      const imageId = event.imageId ?? state.imageId;
      const next = { status: 'failed', reason: event.reason, jobId, imageId } as const;
      // The image may only have been hidden at that moment: a retry looks for it again.
      return { ...seeing(now, event.imageId), state: omitUndefined(next) };
    }
    case 'lost':
      return { ...disowning(now, event.disowned), state: lost(state, event) };
  }
}

/** None is the same as nothing: the ledger keeps no empty lists. */
function someOf<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length ? list : undefined;
}

/** What one poll has shown, beside what was known. */
function polled(state: State<'creating'>, event: Event<'polled'>): State<'creating'> {
  const { lostReads = 0, foreignReads = 0, ...rest } = state;
  const { progress, at, imageId, otherImageIds, successAt } = event;
  const hasMoved = progress !== undefined && progress !== state.progress;
  return {
    ...rest,
    polledAt: at,
    ...(event.lost ? { lostReads: lostReads + 1 } : {}),
    ...(event.foreign ? { foreignReads: foreignReads + 1 } : {}),
    ...(hasMoved ? { progress, movedAt: at } : {}),
    ...(otherImageIds?.length ? { otherImageIds } : {}),
    ...omitUndefined({ imageId, successAt, overdue: event.overdue || undefined }),
  };
}

function lost(state: State<'creating'>, event: Omit<Event<'lost'>, 'type' | 'of'>): ImportState {
  const { at, reason, hold, disowned } = event;
  const { jobId, imageId } = state;
  const imageIds = imageId === undefined || imageId === disowned ? undefined : [imageId];
  const unknown = { status: 'unknown', since: at, sendBy: at, reason, held: hold } as const;
  return omitUndefined({ ...unknown, lookUps: 0, jobId, imageIds });
}

/** Adopts an image; one that was found for something older is kept as evidence of a double. */
export function found(now: Progress, { of, image, at }: Event<'found'>): Progress | undefined {
  const { state } = now;
  const hasImage = state.status === 'creating' || state.status === 'succeeded';
  const isCurrent = stateVersion(now) === of || wasAhead(now, of);
  if (!isCurrent || hasImage) return lateImage(now, image);
  const jobId = state.status === 'unknown' ? state.jobId : undefined;
  const next = { ...seeing(now, image.id), queued: now.queued + 1 };
  const found = { imageId: image.id, adopted: true, ...omitUndefined({ jobId }) } as const;
  const differences = omitUndefined({ differences: someOf(image.differences) });
  return isDone(image.status) && image.isUnfit !== true
    ? { ...next, state: { status: 'succeeded', ...found, ...differences } }
    : { ...next, state: { status: 'creating', since: at, ...found } };
}

/**
 * The same intent, which the reader already knew as unknown: Redis has fallen back since. `sendBy`
 * distinguishes it from a new intent that got the same epoch.
 */
function wasAhead({ state, epoch, attempt }: Progress, of: string): boolean {
  if (state.status !== 'submitting') return false;
  return of.startsWith(`unknown:${epoch}:${attempt}:`) && of.endsWith(`:${state.sendBy}`);
}

function lateImage(now: Progress, image: FoundImage): Progress | undefined {
  const { state, lateImageIds } = now;
  const isKnown = 'imageId' in state && state.imageId === image.id;
  if (isKnown || lateImageIds.includes(image.id)) return undefined;
  // A job that has not named its image yet may well be the one that made this.
  const isOwn = state.status === 'creating' && state.imageId === undefined;
  if (isOwn || !['submitting', 'creating', 'succeeded'].includes(state.status)) return undefined;
  return { ...seeing(now, image.id), lateImageIds: [...lateImageIds, image.id] };
}

export function foundMany(now: Progress, event: Event<'found-many'>): Progress {
  const reason = {
    code: DOUBLE,
    message: `${event.imageIds.length} images carry the marker of this import`,
    advice: 'Compare the images, keep one, delete the others; ims-ferry deletes none of them.',
  };
  return held(seeing(now, ...event.imageIds), { ...event, reason });
}

/** A person has to decide: everything known is kept, and the images in question are named. */
export function disputed(now: Progress, event: Event<'disputed'>): Progress {
  return held(event.areOurs ? seeing(now, ...event.imageIds) : now, event);
}

function held(
  now: Progress,
  { at, reason, imageIds }: Pick<Event<'disputed'>, 'at' | 'reason' | 'imageIds'>,
): Progress {
  const { state } = now;
  const jobId = 'jobId' in state ? state.jobId : undefined;
  const fresh = { since: at, sendBy: at, lookUps: 0, ...omitUndefined({ jobId }) };
  const before = state.status === 'unknown' ? state : fresh;
  return { ...now, state: { ...before, status: 'unknown', reason, held: true, imageIds } };
}

export function notFound(now: Progress, event: Event<'not-found'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown') return undefined;
  const { reason = state.reason, at } = event;
  const looked = { ...state, lookUps: state.lookUps + 1 };
  const hold = { ...now, state: { ...looked, held: true, reason } };
  switch (event.verdict) {
    case 'look-again':
      return { ...now, state: looked };
    case 'hold':
      return hold;
    case 'resubmit': {
      // An IMS job or an image that is known to have existed is never answered by a second create.
      if (state.jobId !== undefined || now.seenImageIds.length > 0) return hold;
      const code = state.isCoded ? { code: state.reason.code } : {};
      const resent = { times: (state.resent?.times ?? 0) + 1, ...code };
      const pending = { status: 'pending', lastReason: state.reason, lookedAt: at } as const;
      return resumeOlderCreate({ ...now, queued: now.queued + 1 }, { ...pending, resent }, at);
    }
  }
}

/** A person has decided; what an older intent left is still followed first. */
export function resolved(now: Progress, event: Event<'resolved'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown') return undefined;
  const next = { ...now, queued: now.queued + 1 };
  const { reason, at } = event;
  if (event.verdict === 'resubmit') {
    const pending = { status: 'pending', lastReason: reason, lookedAt: at } as const;
    return resumeOlderCreate(next, { ...pending, ...replacing(now) }, at);
  }
  const { jobId } = state;
  const failed = { status: 'failed', reason, jobId, imageId: now.seenImageIds.at(-1) } as const;
  return resumeOlderCreate(next, omitUndefined(failed), at);
}

/** A new attempt; what an older one may have left is followed before anything is created. */
export function again(now: Progress, event: Event<'retry' | 'recreate'>): Progress {
  const { state } = now;
  const next = { ...now, attempt: now.attempt + 1, queued: now.queued + 1 };
  const known = state.status === 'succeeded' ? seeing(next, state.imageId) : next;
  return resumeOlderCreate(known, { status: 'pending', ...replacing(known) }, event.at);
}

/**
 * Before an import comes to rest without an image, an IMS job or image that an older intent left is
 * followed instead of creating another one.
 */
function resumeOlderCreate(
  now: Progress,
  otherwise: State<'pending' | 'failed'>,
  at: number,
): Progress {
  const [jobId, ...lateJobIds] = now.lateJobIds;
  const queued = now.queued + 1;
  if (jobId !== undefined) {
    return { ...now, queued, lateJobIds, state: { status: 'creating', since: at, jobId } };
  }
  const [imageId, ...lateImageIds] = now.lateImageIds;
  if (imageId !== undefined) {
    const state = { status: 'creating', since: at, imageId, adopted: true } as const;
    return { ...now, queued, lateImageIds, state };
  }
  return { ...now, state: otherwise };
}

/** A list is evidence whatever state the import is in. */
export function seen(now: Progress, { imageIds }: Event<'seen'>): Progress | undefined {
  const next = seeing(now, ...imageIds);
  return next === now ? undefined : next;
}

/** One check found all of them gone; the last one that is needed lets the new attempt begin. */
export function gone(now: Progress, { isProven, at }: Event<'gone'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'pending' || state.replaces === undefined) return undefined;
  if (unreplaced(now, state).length > 0) return undefined;
  const { replaces: _, gone: before, ...rest } = state;
  if (isProven) return { ...now, seenImageIds: [], state: { ...rest, lookedAt: at } };
  const { looks, since } = before ?? { looks: 0, since: at };
  return { ...now, state: { ...state, gone: { looks: looks + 1, since, at } } };
}

/** Not while an earlier create may have left an image: then it is held. */
export function sourceEnded(
  now: Progress,
  { reason }: Event<'source-ended'>,
): Progress | undefined {
  const { state } = now;
  const isFirst = state.status === 'pending' && state.lookedAt === undefined && !state.replaces;
  const hasLeft = now.seenImageIds.length + now.lateImageIds.length + now.lateJobIds.length > 0;
  return isFirst && !hasLeft ? { ...now, state: { status: 'failed', reason } } : undefined;
}

/** Only why it waits changes. */
export function putOff(now: Progress, { reason }: Event<'put-off'>): Progress | undefined {
  const { state } = now;
  if (state.status !== 'pending') return undefined;
  const { lastReason: _, ...rest } = state;
  return { ...now, state: { ...rest, ...(reason && { lastReason: reason }) } };
}

/** Known images that nobody wants replaced: one of them may be the import's own. */
export function unreplaced(
  { seenImageIds }: Progress,
  { replaces = [] }: State<'pending'>,
): readonly string[] {
  return seenImageIds.filter((id) => !replaces.includes(id));
}

/** A person wants another image in the place of all that are known. */
function replacing({ seenImageIds }: Progress): Pick<State<'pending'>, 'replaces'> {
  return seenImageIds.length === 0 ? {} : { replaces: seenImageIds };
}

function seeing(now: Progress, ...imageIds: readonly (string | undefined)[]): Progress {
  const { seenImageIds } = now;
  const more = imageIds.filter((id) => id !== undefined).filter((id) => !seenImageIds.includes(id));
  return more.length === 0 ? now : { ...now, seenImageIds: [...seenImageIds, ...more] };
}

/** Without an image that turned out to be another import's. */
function disowning(now: Progress, imageId: string | undefined): Progress {
  if (imageId === undefined) return now;
  return { ...now, seenImageIds: now.seenImageIds.filter((id) => id !== imageId) };
}
