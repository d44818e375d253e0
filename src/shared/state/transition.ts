import type { FoundImage, ImportEvent } from './import-event.ts';
import type { ImportState, Progress } from './import-state.ts';
import { ended, polled } from './while-creating.ts';

type Event<T extends ImportEvent['type']> = Extract<ImportEvent, { type: T }>;
type Unknown = Extract<ImportState, { status: 'unknown' }>;

/**
 * The state machine: the only place that makes a new state. Answers `undefined` when the event does
 * not apply, so nothing changes. Evidence is never dropped: a job id that fits no state is kept as
 * a stray.
 */
export function transition(now: Progress, event: ImportEvent): Progress | undefined {
  switch (event.type) {
    case 'admitted':
      return now.state.status === 'pending'
        ? to({ ...now, epoch: now.epoch + 1 }, { status: 'submitting', ...pick(event) })
        : undefined;
    case 'accepted':
      return accepted(now, event);
    case 'not-sent':
      return isSending(now, event.epoch)
        ? to(now, { status: 'pending', lastReason: event.reason })
        : undefined;
    case 'refused':
      return isSending(now, event.epoch)
        ? to(now, { status: 'failed', reason: event.reason })
        : undefined;
    case 'unclear':
      return unclear(now, event);
    case 'found':
      return found(now, event.image, event.at);
    case 'found-many':
      return foundMany(now, event);
    case 'not-found':
      return notFound(now, event.verdict);
    case 'polled':
      return now.state.status === 'creating' ? to(now, polled(now.state, event)) : undefined;
    case 'seen-listed':
      return now.state.status === 'creating'
        ? to(now, { ...now.state, seenListed: true })
        : undefined;
    case 'succeeded':
    case 'failed':
    case 'lost':
      return now.state.status === 'creating' ? to(now, ended(now.state, event)) : undefined;
    case 'cancel':
    case 'retry':
    case 'recreate':
      return commanded(now, event.type);
  }
}

function to(now: Progress, state: ImportState): Progress {
  return { ...now, state };
}

function pick(event: Event<'admitted'>): { sendBy: number; sender: string } {
  return { sendBy: event.sendBy, sender: event.sender };
}

/** A new queue job will be needed: the old one's id may still be in use. */
function pendingAgain(now: Progress, state: Extract<ImportState, { status: 'pending' }>): Progress {
  return { ...now, queued: now.queued + 1, state };
}

function isSending(now: Progress, epoch: number): boolean {
  return now.state.status === 'submitting' && now.epoch === epoch;
}

/** A job id wins over everything that is not settled, if it belongs to the newest intent. */
function accepted(now: Progress, event: Event<'accepted'>): Progress | undefined {
  const { state } = now;
  if ('jobId' in state && state.jobId === event.jobId) return undefined;
  const awaited =
    now.epoch === event.epoch &&
    (state.status === 'submitting' ||
      state.status === 'pending' ||
      (state.status === 'unknown' && state.jobId === undefined));
  if (awaited) return to(now, { status: 'creating', since: event.at, jobId: event.jobId });
  if (
    now.epoch === event.epoch &&
    (state.status === 'creating' || state.status === 'succeeded') &&
    state.jobId === undefined
  ) {
    return to(now, { ...state, jobId: event.jobId });
  }
  if (now.strayJobIds.includes(event.jobId)) return undefined;
  return { ...now, strayJobIds: [...now.strayJobIds, event.jobId] };
}

function unclear(now: Progress, event: Event<'unclear'>): Progress | undefined {
  if (now.state.status !== 'submitting' || now.epoch !== event.epoch) return undefined;
  return to(now, {
    status: 'unknown',
    since: event.at,
    sendBy: now.state.sendBy,
    reason: event.reason,
    held: false,
    lookUps: 0,
  });
}

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

function found(now: Progress, image: FoundImage, at: number): Progress | undefined {
  const { state } = now;
  if (!mayBeFound(state)) return undefined;
  const jobId = state.status === 'unknown' ? state.jobId : undefined;
  const job = jobId === undefined ? {} : { jobId };
  if (image.status === 'active') {
    return to(now, { status: 'succeeded', imageId: image.id, adopted: true, ...job });
  }
  return to(now, { status: 'creating', since: at, imageId: image.id, ...job });
}

function foundMany(now: Progress, event: Event<'found-many'>): Progress | undefined {
  const { state } = now;
  if (!mayBeFound(state)) return undefined;
  const reason = {
    code: 'DOUBLE',
    message: `${event.imageIds.length} images carry the marker of this import`,
    advice: 'Look at the images, keep one, delete the other; nothing is deleted by itself.',
  };
  const before =
    state.status === 'unknown' ? state : { since: event.at, sendBy: event.at, lookUps: 0 };
  return to(now, { ...before, status: 'unknown', reason, held: true, imageIds: event.imageIds });
}

function notFound(now: Progress, next: Event<'not-found'>['verdict']): Progress | undefined {
  const { state } = now;
  if (state.status !== 'unknown' || state.held) return undefined;
  const looked: Unknown = { ...state, lookUps: state.lookUps + 1 };
  switch (next) {
    case 'look-again':
      return to(now, looked);
    case 'hold':
      return to(now, { ...looked, held: true });
    case 'resubmit':
      // An IMS job that is known to exist is never answered by a second create.
      return state.jobId === undefined
        ? pendingAgain(now, { status: 'pending', lastReason: state.reason })
        : to(now, { ...looked, held: true });
  }
}

function commanded(now: Progress, command: 'cancel' | 'retry' | 'recreate'): Progress | undefined {
  const { status } = now.state;
  if (command === 'cancel') {
    return status === 'pending' ? to(now, { status: 'cancelled' }) : undefined;
  }
  const allowed =
    command === 'retry' ? status === 'failed' || status === 'cancelled' : status === 'succeeded';
  if (!allowed) return undefined;
  return { ...pendingAgain(now, { status: 'pending' }), attempt: now.attempt + 1 };
}
