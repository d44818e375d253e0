import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ImportState, stateVersion } from '../../src/shared/state/import-state.ts';
import {
  isInFlight,
  isSettled,
  nameOf,
  STATUSES,
  type StateName,
  transition,
} from '../../src/shared/state/machine.ts';
import { apply, EVENTS, EXAMPLES, progress, reason } from './states-and-events.ts';

/** The whole table: what is not named here changes nothing. */
const MOVES: Record<keyof typeof EXAMPLES, Partial<Record<keyof typeof EVENTS, StateName>>> = {
  pending: {
    admitted: 'submitting',
    accepted: 'creating',
    'accepted late': 'creating',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    disputed: 'held',
    seen: 'pending',
    'source failed': 'failed',
    'waits for its cloud': 'pending',
    cancel: 'cancelled',
  },
  replacing: {
    admitted: 'submitting',
    accepted: 'creating',
    'accepted late': 'creating',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    disputed: 'held',
    seen: 'pending',
    'gone once': 'pending',
    'gone for sure': 'pending',
    'waits for its cloud': 'pending',
    cancel: 'cancelled',
  },
  submitting: {
    accepted: 'creating',
    'accepted late': 'submitting',
    'not sent': 'pending',
    refused: 'failed',
    unclear: 'unknown',
    'unclear again': 'held',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    disputed: 'held',
    seen: 'submitting',
  },
  creating: {
    accepted: 'creating',
    'accepted late': 'creating',
    polled: 'creating',
    'seen listed': 'creating',
    succeeded: 'succeeded',
    failed: 'failed',
    lost: 'unknown',
    contradicted: 'held',
    disputed: 'held',
    seen: 'creating',
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
    contradicted: 'held',
    disputed: 'held',
    seen: 'creating',
  },
  unknown: {
    accepted: 'creating',
    'accepted late': 'unknown',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    disputed: 'held',
    seen: 'unknown',
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
    disputed: 'held',
    seen: 'held',
    'created again by a person': 'pending',
    'given up by a person': 'failed',
  },
  succeeded: {
    seen: 'succeeded',
    accepted: 'succeeded',
    'accepted late': 'succeeded',
    'found saving': 'succeeded',
    'found active': 'succeeded',
    updated: 'succeeded',
    recreate: 'pending',
  },
  failed: {
    accepted: 'failed',
    'accepted late': 'failed',
    'found saving': 'creating',
    'found active': 'succeeded',
    'found many': 'held',
    disputed: 'held',
    seen: 'failed',
    retry: 'pending',
  },
  cancelled: {
    seen: 'cancelled',
    accepted: 'cancelled',
    'accepted late': 'cancelled',
    retry: 'pending',
  },
};

const names = Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[];
const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

describe('every state with every event', () => {
  test.each(
    names.flatMap((from) => events.map((event) => ({ from, event, to: MOVES[from][event] }))),
  )('$from + $event → $to', ({ from, event, to }) => {
    const next = apply(progress(EXAMPLES[from]), EVENTS[event]);
    expect(next && nameOf(next.state)).toBe(to);
  });
});

describe('evidence', () => {
  test('a job id of an older intent is kept as a late one in every state but pending', () => {
    for (const name of names.filter((one) => EXAMPLES[one].status !== 'pending')) {
      const next = transition(progress(EXAMPLES[name]), EVENTS['accepted late']);
      expect(next?.lateJobIds).toEqual(['old']);
      expect(next?.state).toEqual(EXAMPLES[name]);
    }
  });

  test('a second job id for an import that has one is a late one, the same one changes nothing', () => {
    const second = transition(progress(EXAMPLES.creating), EVENTS.accepted);
    expect(second?.lateJobIds).toEqual(['new']);
    const same = { ...EVENTS.accepted, jobId: 'job' };
    expect(transition(progress(EXAMPLES.creating), same)).toBeUndefined();
  });

  test('a late answer fills in the job id of an image that was found first', () => {
    const next = transition(progress(EXAMPLES.adopted), EVENTS.accepted);
    expect(next?.state).toMatchObject({ jobId: 'new', imageId: 'image' });
    expect(next?.lateJobIds).toEqual([]);
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

describe('what a policy sends again', () => {
  const unknown = (more: object = {}): ImportState => ({
    status: 'unknown',
    since: 0,
    sendBy: 0,
    reason,
    held: false,
    lookUps: 1,
    ...more,
  });
  const again = (state: ImportState) => {
    const now = progress(state);
    const of = stateVersion(now);
    return transition(now, { type: 'not-found', of, verdict: 'resubmit', at: 1 });
  };

  test('is counted, and the code of its answer is kept until the next answer', () => {
    const pending = again(unknown({ isCoded: true, resent: { times: 2 } }));
    const resent = { times: 3, code: reason.code };
    expect(pending?.state).toMatchObject({ status: 'pending', resent });
    const sent = transition(pending ?? progress(unknown()), {
      type: 'admitted',
      sendBy: 9,
      sender: 'w',
    });
    expect(sent?.state).toMatchObject({ status: 'submitting', resent });
    const epoch = sent?.epoch ?? 0;
    const event = { type: 'unclear', epoch, reason, at: 2, isCoded: true } as const;
    const held = transition(sent ?? progress(unknown()), { ...event, hold: true });
    expect(held?.state).toMatchObject({ status: 'unknown', held: true, resent });
    const back = transition(sent ?? progress(unknown()), { ...event, type: 'not-sent' });
    expect(back?.state).toMatchObject({ status: 'pending', resent });
  });

  test('after a time-out no code is kept; a person who decides begins another count', () => {
    expect(again(unknown())?.state).toMatchObject({ resent: { times: 1 } });
    expect(again(unknown())?.state).not.toHaveProperty('resent.code');
    const now = progress(unknown({ resent: { times: 9 } }));
    const of = stateVersion(now);
    const next = transition(now, { type: 'resolved', of, verdict: 'resubmit', reason, at: 1 });
    expect(next?.state).not.toHaveProperty('resent');
  });
});

describe('properties', () => {
  const anyEvent = fc.constantFrom(...events.map((name) => EVENTS[name]));

  test('epoch grows with intents only, and never falls', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let now = progress(EXAMPLES.pending);
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
        let now = progress(EXAMPLES.pending);
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
          expect([...now.lateJobIds, current]).toContain(jobId);
        }
      }),
    );
  });

  test('a settled import holds no place', () => {
    for (const name of names) {
      expect(isSettled(EXAMPLES[name]) && isInFlight(EXAMPLES[name])).toBe(false);
    }
    expect(STATUSES).toHaveLength(7);
  });
});
