import { describe, expect, test } from 'vitest';
import {
  type ImportEvent,
  type ImportState,
  type Progress,
  stateVersion,
} from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';

const reason = { code: 'X', message: 'x' };

function progress(epoch: number, state: ImportState, more: Partial<Progress> = {}): Progress {
  const none = { attempt: 1, queued: 0, lateJobIds: [], lateImageIds: [], seenImageIds: [] };
  return { ...none, epoch, state, ...more };
}

function unknown(sendBy: number): ImportState {
  return { status: 'unknown', since: sendBy, sendBy, reason, held: false, lookUps: 0 };
}

/** Applies one after the other; an event that does not apply changes nothing. */
function applied(start: Progress, ...events: ImportEvent[]): Progress {
  return events.reduce((now, event) => transition(now, event) ?? now, start);
}

describe('a verdict that comes late', () => {
  test('"resubmit" for epoch 1 does not end the window of epoch 2', () => {
    const of = stateVersion(progress(1, unknown(1000)));
    const event = { type: 'not-found', of, verdict: 'resubmit', at: 5000 } as const;
    const newer = progress(2, unknown(900_000));
    expect(transition(newer, event)).toBeUndefined();
    expect(transition(progress(1, unknown(1000)), event)?.state.status).toBe('pending');
  });

  test('nor one for the same epoch that was unknown before and became so again', () => {
    const of = stateVersion(progress(1, unknown(1000)));
    const event = { type: 'not-found', of, verdict: 'resubmit', at: 5000 } as const;
    expect(transition(progress(1, unknown(4000)), event)).toBeUndefined();
  });

  test.each(['succeeded', 'failed', 'lost', 'polled'] as const)(
    '"%s" of an old attempt does not touch the new one',
    (type) => {
      const old = progress(1, { status: 'creating', since: 5, jobId: 'J1' });
      const of = stateVersion(old);
      const events = {
        succeeded: { type, of, imageId: 'I1', otherImageIds: [] },
        failed: { type, of, reason },
        lost: { type, of, reason, at: 9, hold: false },
        polled: { type, of, overdue: false, lost: false, imageId: 'I1' },
      };
      const event = events[type] as ImportEvent;
      const retried = progress(2, { status: 'creating', since: 8, jobId: 'J2' }, { attempt: 2 });
      expect(transition(old, event)).toBeDefined();
      expect(transition(retried, event)).toBeUndefined();
    },
  );
});

describe('a job id that comes late', () => {
  test('is followed when the import waits for a new create, whatever its epoch', () => {
    const now = progress(2, { status: 'pending', lastReason: reason });
    const next = transition(now, { type: 'accepted', epoch: 1, jobId: 'J1', at: 7 });
    expect(next).toMatchObject({ epoch: 2, state: { status: 'creating', jobId: 'J1' } });
  });

  test('of a Redis that was rolled back is followed, and the epoch catches up', () => {
    const now = progress(0, { status: 'pending' });
    const next = transition(now, { type: 'accepted', epoch: 3, jobId: 'J3', at: 7 });
    expect(next).toMatchObject({ epoch: 3, state: { status: 'creating', jobId: 'J3' } });
  });

  const submitting = progress(2, { status: 'submitting', sendBy: 10, sender: 's' });
  const late = { type: 'accepted', epoch: 1, jobId: 'J1', at: 7 } as const;

  test.each([
    { answer: 'not-sent', is: 'pending' },
    { answer: 'refused', is: 'failed' },
  ] as const)(
    'is followed instead of "$is" when the newer create comes to nothing',
    ({ answer, is }) => {
      const event = { type: answer, epoch: 2, reason, at: 8 };
      expect(transition(submitting, event)?.state.status).toBe(is);
      const next = applied(submitting, late, event);
      expect(next).toMatchObject({ lateJobIds: [], state: { status: 'creating', jobId: 'J1' } });
    },
  );

  test('is followed before a retry creates anything', () => {
    const cancelled = progress(1, { status: 'cancelled' });
    const next = applied(cancelled, { ...late, epoch: 0 }, { type: 'retry', at: 9 });
    expect(next.state).toMatchObject({ status: 'creating', jobId: 'J1' });
  });

  test('does not erase a double that was found', () => {
    const now = progress(1, unknown(1000));
    const of = stateVersion(now);
    const many = { type: 'found-many', of, imageIds: ['I1', 'I2'], at: 5 } as const;
    const next = applied(now, many, late);
    const state = { status: 'unknown', held: true, imageIds: ['I1', 'I2'], jobId: 'J1' };
    expect(next.state).toMatchObject({ ...state, reason: { code: 'DOUBLE' } });
  });

  test('for an image that was adopted as succeeded is kept beside it, to be compared', () => {
    const done = progress(1, { status: 'succeeded', imageId: 'I1', adopted: true });
    expect(transition(done, late)?.state).toMatchObject({ imageId: 'I1', jobId: 'J1' });
    const older = { ...late, epoch: 0 };
    expect(transition(done, older)?.lateJobIds).toEqual(['J1']);
  });
});

describe('an image that was found for something older', () => {
  const pending = progress(1, { status: 'pending' });
  const event = {
    type: 'found',
    of: stateVersion(pending),
    image: { id: 'I1', status: 'active' },
    at: 5,
  } as const;
  const submitting = transition(pending, { type: 'admitted', sendBy: 10, sender: 's' }) ?? pending;

  test('is kept as evidence while the newer create is under way, and not taken for its own', () => {
    const next = applied(submitting, event, { type: 'accepted', epoch: 2, jobId: 'J2', at: 6 });
    expect(next).toMatchObject({ lateImageIds: ['I1'], state: { jobId: 'J2' } });
  });

  test('is adopted when the newer create was not sent', () => {
    const next = applied(submitting, event, { type: 'not-sent', epoch: 2, reason, at: 6 });
    expect(next).toMatchObject({ lateImageIds: [], state: { status: 'creating', imageId: 'I1' } });
  });
});

describe('an image of an intent that was unknown before Redis fell back to its submitting', () => {
  const of = stateVersion(progress(1, unknown(1000)));
  const event = { type: 'found', of, image: { id: 'I1', status: 'active' }, at: 5 } as const;
  const submitting = (sendBy: number) => progress(1, { status: 'submitting', sendBy, sender: 's' });

  test('is adopted: it is no double', () => {
    const next = transition(submitting(1000), event);
    expect(next).toMatchObject({
      lateImageIds: [],
      state: { status: 'succeeded', imageId: 'I1' },
    });
  });

  test('is evidence of a double where the same epoch was given to a new intent', () => {
    const next = transition(submitting(7000), event);
    expect(next).toMatchObject({ lateImageIds: ['I1'], state: { status: 'submitting' } });
  });
});

describe('a resubmitted import', () => {
  test('remembers through every try that its earlier create may still show up', () => {
    const of = stateVersion(progress(1, unknown(1000)));
    const next = applied(
      progress(1, unknown(1000)),
      { type: 'not-found', of, verdict: 'resubmit', at: 5000 },
      { type: 'admitted', sendBy: 10, sender: 's' },
      { type: 'not-sent', epoch: 2, reason, at: 6000 },
    );
    expect(next.state).toMatchObject({ status: 'pending', lookedAt: 5000 });
  });
});
