import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImportEvent } from '../../src/shared/state/import-event.ts';
import {
  type ImportState,
  incarnation,
  isInFlight,
  isSettled,
  type Progress,
  STATUSES,
  type Status,
} from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/transition.ts';

const reason = { code: 'X', message: 'x' };
const EPOCH = 3;

const STATES: Record<Status | 'held' | 'adopted', ImportState> = {
  pending: { status: 'pending' },
  submitting: { status: 'submitting', sendBy: 10, sender: 'a' },
  creating: { status: 'creating', since: 5, jobId: 'job' },
  adopted: { status: 'creating', since: 5, imageId: 'image' },
  unknown: { status: 'unknown', since: 5, sendBy: 10, reason, held: false, lookUps: 0 },
  held: { status: 'unknown', since: 5, sendBy: 10, reason, held: true, lookUps: 4 },
  succeeded: { status: 'succeeded', imageId: 'image', jobId: 'job' },
  failed: { status: 'failed', reason },
  cancelled: { status: 'cancelled' },
};

function progress(state: ImportState): Progress {
  return { epoch: EPOCH, attempt: 1, queued: 0, strayJobIds: [], strayImageIds: [], state };
}

const EVENTS = {
  admitted: { type: 'admitted', sendBy: 20, sender: 'b' },
  accepted: { type: 'accepted', epoch: EPOCH, jobId: 'new', at: 1 },
  'accepted late': { type: 'accepted', epoch: EPOCH - 1, jobId: 'old', at: 1 },
  'not sent': { type: 'not-sent', epoch: EPOCH, reason, at: 1 },
  refused: { type: 'refused', epoch: EPOCH, reason, at: 1 },
  'refused late': { type: 'refused', epoch: EPOCH - 1, reason, at: 1 },
  unclear: { type: 'unclear', epoch: EPOCH, reason, at: 1 },
  'found saving': { of: '', type: 'found', image: { id: 'i', status: 'saving' }, at: 1 },
  'found active': { of: '', type: 'found', image: { id: 'i', status: 'active' }, at: 1 },
  'found many': { of: '', type: 'found-many', imageIds: ['i', 'j'], at: 1 },
  'look again': { type: 'not-found', of: '', verdict: 'look-again', at: 1 },
  resubmit: { type: 'not-found', of: '', verdict: 'resubmit', at: 1 },
  hold: { type: 'not-found', of: '', verdict: 'hold', at: 1 },
  polled: { of: '', type: 'polled', at: 1, overdue: false, lost: false, progress: 0.5 },
  'seen listed': { of: '', type: 'probed', listed: true },
  succeeded: { of: '', type: 'succeeded', imageId: 'i', otherImageIds: [] },
  failed: { of: '', type: 'failed', reason },
  lost: { of: '', type: 'lost', reason, at: 1, hold: false },
  'created again by a person': { of: '', type: 'resolved', verdict: 'resubmit', reason, at: 1 },
  'given up by a person': { of: '', type: 'resolved', verdict: 'fail', reason, at: 1 },
  cancel: { type: 'cancel' },
  retry: { type: 'retry', at: 1 },
  recreate: { type: 'recreate', at: 1 },
} as const satisfies Record<string, ImportEvent>;

/** The whole table: what is not named here changes nothing. */
const MOVES: Record<keyof typeof STATES, Partial<Record<keyof typeof EVENTS, Status | 'held'>>> = {
  pending: {
    admitted: 'submitting',
    accepted: 'creating',
    'accepted late': 'creating',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    cancel: 'cancelled',
  },
  submitting: {
    accepted: 'creating',
    'accepted late': 'submitting',
    'not sent': 'pending',
    refused: 'failed',
    unclear: 'unknown',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
  },
  creating: {
    accepted: 'creating',
    'accepted late': 'creating',
    polled: 'creating',
    'seen listed': 'creating',
    succeeded: 'succeeded',
    failed: 'failed',
    lost: 'unknown',
  },
  adopted: {
    accepted: 'creating',
    'accepted late': 'creating',
    'found saving': 'creating',
    'found active': 'creating',
    polled: 'creating',
    'seen listed': 'creating',
    succeeded: 'succeeded',
    failed: 'failed',
    lost: 'unknown',
  },
  unknown: {
    accepted: 'creating',
    'accepted late': 'unknown',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    'look again': 'unknown',
    resubmit: 'pending',
    hold: 'held',
    'created again by a person': 'pending',
    'given up by a person': 'failed',
  },
  held: {
    accepted: 'creating',
    'accepted late': 'held',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    'created again by a person': 'pending',
    'given up by a person': 'failed',
  },
  succeeded: {
    accepted: 'succeeded',
    'accepted late': 'succeeded',
    'found saving': 'succeeded',
    'found active': 'succeeded',
    recreate: 'pending',
  },
  failed: {
    accepted: 'failed',
    'accepted late': 'failed',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    retry: 'pending',
  },
  cancelled: { accepted: 'cancelled', 'accepted late': 'cancelled', retry: 'pending' },
};

/** As somebody would who has just read it. */
function pinned(now: Progress, event: ImportEvent): ImportEvent {
  return 'of' in event ? { ...event, of: incarnation(now) } : event;
}

function apply(now: Progress, event: ImportEvent): Progress | undefined {
  return transition(now, pinned(now, event));
}

function nameOf(state: ImportState): Status | 'held' {
  return state.status === 'unknown' && state.held ? 'held' : state.status;
}

const names = Object.keys(STATES) as (keyof typeof STATES)[];
const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

describe('every state with every event', () => {
  test.each(
    names.flatMap((from) => events.map((event) => ({ from, event, to: MOVES[from][event] }))),
  )('$from + $event → $to', ({ from, event, to }) => {
    const next = apply(progress(STATES[from]), EVENTS[event]);
    expect(next && nameOf(next.state)).toBe(to);
  });
});

describe('evidence', () => {
  test('a job id of an older intent is kept as a stray in every state but pending', () => {
    for (const name of names.filter((one) => one !== 'pending')) {
      const next = transition(progress(STATES[name]), EVENTS['accepted late']);
      expect(next?.strayJobIds).toEqual(['old']);
      expect(next?.state).toEqual(STATES[name]);
    }
  });

  test('a second job id for an import that has one is a stray, the same one changes nothing', () => {
    const second = transition(progress(STATES.creating), EVENTS.accepted);
    expect(second?.strayJobIds).toEqual(['new']);
    const same = { ...EVENTS.accepted, jobId: 'job' };
    expect(transition(progress(STATES.creating), same)).toBeUndefined();
  });

  test('a late answer fills in the job id of an image that was found first', () => {
    const next = transition(progress(STATES.adopted), EVENTS.accepted);
    expect(next?.state).toMatchObject({ jobId: 'new', imageId: 'image' });
    expect(next?.strayJobIds).toEqual([]);
  });

  test('an unknown import whose IMS job is known is held, never resubmitted', () => {
    const state: ImportState = {
      status: 'unknown',
      since: 5,
      sendBy: 10,
      reason,
      held: false,
      lookUps: 0,
      jobId: 'job',
    };
    expect(nameOf(apply(progress(state), EVENTS.resubmit)?.state ?? state)).toBe('held');
  });
});

describe('properties', () => {
  const anyEvent = fc.constantFrom(...events.map((name) => EVENTS[name]));

  test('epoch grows with intents only, and never falls', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let now = progress(STATES.pending);
        for (const event of history) {
          const next = apply(now, event);
          if (!next) continue;
          expect(next.epoch - now.epoch).toBe(event.type === 'admitted' ? 1 : 0);
          now = next;
        }
      }),
    );
  });

  test('no job id that was ever accepted is forgotten', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let now = progress(STATES.pending);
        let sequence = 0;
        const accepted = new Set<string>();
        const forgotten = new Set('retry recreate found found-many not-found resolved'.split(' '));
        for (const event of history) {
          sequence += 1;
          const named = event.type === 'accepted' ? { ...event, jobId: `job-${sequence}` } : event;
          const next = apply(now, named);
          if (named.type === 'accepted') accepted.add(named.jobId);
          if (next) now = next;
          // A new attempt begins with a clean sheet; its batch's report keeps the old one.
          if (forgotten.has(event.type)) accepted.clear();
        }
        const current = 'jobId' in now.state ? now.state.jobId : undefined;
        for (const jobId of accepted) {
          expect([...now.strayJobIds, current]).toContain(jobId);
        }
      }),
    );
  });

  test('a settled import holds no place', () => {
    for (const name of names) {
      expect(isSettled(STATES[name]) && isInFlight(STATES[name])).toBe(false);
    }
    expect(STATUSES).toHaveLength(7);
  });
});
