import { accepted, evidenceFirst } from './evidence.ts';
import type { ImportEvent } from './import-event.ts';
import { type ImportState, incarnation, type Progress } from './import-state.ts';
import { disputed, found, foundMany, notFound, resolved } from './look-up-events.ts';
import { disowning, gone, replacing, seeing, sighted } from './seen-images.ts';
import { ended, polled } from './while-creating.ts';

type Event<T extends ImportEvent['type']> = Extract<ImportEvent, { type: T }>;

/**
 * The state machine: the only place that makes a new state. Answers `undefined` when the event does
 * not apply, so nothing changes. Evidence is never dropped: a job id or an image that fits no state
 * is kept as a stray.
 */
export function transition(now: Progress, event: ImportEvent): Progress | undefined {
  switch (event.type) {
    case 'admitted':
      return admitted(now, event);
    case 'accepted':
      return accepted(now, event);
    case 'not-sent':
    case 'refused':
    case 'unclear':
      return answered(now, event);
    case 'found':
      return found(now, event);
    case 'found-many':
      return foundMany(now, event);
    case 'not-found':
      return isOf(now, event.of) ? notFound(now, event) : undefined;
    case 'disputed':
      return isOf(now, event.of) ? disputed(now, event) : undefined;
    case 'sighted':
      return sighted(now, event.imageIds);
    case 'gone':
      return isOf(now, event.of) ? gone(now, event) : undefined;
    case 'resolved':
      return isOf(now, event.of) ? resolved(now, event) : undefined;
    case 'polled':
    case 'probed':
    case 'succeeded':
    case 'failed':
    case 'lost':
      return isOf(now, event.of) ? followed(now, event) : undefined;
    case 'cancel':
      return now.state.status === 'pending'
        ? { ...now, state: { status: 'cancelled' } }
        : undefined;
    case 'retry':
    case 'recreate':
      return again(now, event);
  }
}

function isOf(now: Progress, of: string): boolean {
  return incarnation(now) === of;
}

function admitted(now: Progress, { sendBy, sender }: Event<'admitted'>): Progress | undefined {
  const { state } = now;
  // What was seen once may be there still: nothing is created beside it.
  if (state.status !== 'pending' || now.seenImageIds.length > 0) return undefined;
  const next = { status: 'submitting', sendBy, sender, ...before(state) } as const;
  return { ...now, epoch: now.epoch + 1, state: next };
}

/** What is kept from one try to the next: when it was looked for in vain, and what was sent again. */
function before({ lookedAt, resent }: Extract<ImportState, { status: 'pending' | 'submitting' }>) {
  return { ...(lookedAt === undefined ? {} : { lookedAt }), ...(resent && { resent }) };
}

/** Every answer but a job id counts only for the intent that is being sent. */
function answered(
  now: Progress,
  event: Event<'not-sent' | 'refused' | 'unclear'>,
): Progress | undefined {
  const { state } = now;
  if (state.status !== 'submitting' || now.epoch !== event.epoch) return undefined;
  const { reason, at } = event;
  switch (event.type) {
    case 'not-sent':
      return evidenceFirst(now, { status: 'pending', lastReason: reason, ...before(state) }, at);
    case 'refused':
      return evidenceFirst(now, { status: 'failed', reason }, at);
    case 'unclear': {
      const { sendBy, resent } = state;
      const { isCoded, hold = false } = event;
      const unknown = { status: 'unknown', since: at, sendBy, reason, held: hold } as const;
      const known = { ...(resent && { resent }), ...(isCoded && { isCoded }) };
      return { ...now, state: { ...unknown, lookUps: 0, ...known } };
    }
  }
}

function followed(
  now: Progress,
  event: Event<'polled' | 'probed' | 'succeeded' | 'failed' | 'lost'>,
): Progress | undefined {
  const { state } = now;
  if (state.status !== 'creating') return undefined;
  switch (event.type) {
    case 'polled':
      return { ...seeing(now, event.imageId), state: polled(state, event) };
    case 'probed':
      return { ...now, state: { ...state, listed: event.listed } };
    case 'succeeded':
      return { ...seeing(now, event.imageId), state: ended(state, event) };
    case 'failed':
      // What was seen, or is named now, may have been hidden in that moment: a retry looks for it again.
      return { ...seeing(now, event.imageId), state: ended(state, event) };
    case 'lost':
      return { ...disowning(now, event.disowned), state: ended(state, event) };
  }
}

/** A new attempt; what an older one may have left is followed before anything is created. */
function again(now: Progress, event: Event<'retry' | 'recreate'>): Progress | undefined {
  const { state } = now;
  const next = { ...now, attempt: now.attempt + 1, queued: now.queued + 1 };
  if (event.type === 'recreate') {
    if (state.status !== 'succeeded') return undefined;
    const known = seeing(next, state.imageId);
    return evidenceFirst(known, { status: 'pending', ...replacing(known) }, event.at);
  }
  if (state.status !== 'failed' && state.status !== 'cancelled') return undefined;
  return evidenceFirst(next, { status: 'pending', ...replacing(next) }, event.at);
}
