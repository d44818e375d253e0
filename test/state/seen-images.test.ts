import { describe, expect, test } from 'vitest';
import type { ImportEvent, ImportState, Progress } from '../../src/shared/state/import-state.ts';
import { nameOf } from '../../src/shared/state/machine.ts';
import { apply, EVENTS, EXAMPLES, progress, reason } from './states-and-events.ts';

function seen(state: ImportState, ...seenImageIds: string[]): Progress {
  return { ...progress(state), seenImageIds };
}

describe('what was seen once is evidence', () => {
  test.each<{ what: string; from: ImportState; event: ImportEvent; ids: readonly string[] }>([
    { what: 'found', from: EXAMPLES.unknown, event: EVENTS['found saving'], ids: ['i'] },
    { what: 'found many', from: EXAMPLES.unknown, event: EVENTS['found many'], ids: ['i', 'j'] },
    {
      what: 'named by a poll',
      from: EXAMPLES.creating,
      event: { ...EVENTS.polled, imageId: 'i' },
      ids: ['i'],
    },
    { what: 'succeeded', from: EXAMPLES.creating, event: EVENTS.succeeded, ids: ['i'] },
    { what: 'in a list', from: EXAMPLES.submitting, event: EVENTS.seen, ids: ['i'] },
    {
      what: 'found beside a newer create',
      from: EXAMPLES.creating,
      event: EVENTS['found saving'],
      ids: [],
    },
    {
      what: 'found beside the image it has',
      from: EXAMPLES.adopted,
      event: EVENTS['found saving'],
      ids: ['i'],
    },
    { what: 'in question', from: EXAMPLES.unknown, event: EVENTS.disputed, ids: [] },
    {
      what: 'in question, with its marker',
      from: EXAMPLES.unknown,
      event: { ...EVENTS.disputed, areOurs: true },
      ids: ['i'],
    },
  ])('an image that was $what is known from then on: $ids', ({ from, event, ids }) => {
    const now = progress(from);
    expect((apply(now, event) ?? now).seenImageIds).toEqual(ids);
  });

  test('it outlives every way back to unknown, pending and held', () => {
    const events = [
      EVENTS['found saving'],
      EVENTS.lost,
      EVENTS['look again'],
      EVENTS.hold,
      EVENTS['created again by a person'],
    ];
    const end = events.reduce((now, event) => apply(now, event) ?? now, progress(EXAMPLES.unknown));
    expect(end).toMatchObject({
      seenImageIds: ['i'],
      state: { status: 'pending', replaces: ['i'] },
    });
    expect(apply(end, EVENTS.admitted)).toBeUndefined();
    expect(apply(end, EVENTS.cancel)?.seenImageIds).toEqual(['i']);
  });

  test.each(['pending', 'replacing'] as const)('no intent is written beside it: %s', (name) => {
    expect(apply(seen(EXAMPLES[name], 'old'), EVENTS.admitted)).toBeUndefined();
  });

  test('a policy that would create again holds, and says why', () => {
    const why = { code: 'IMAGE_DELETED', message: 'gone' };
    const held = apply(seen(EXAMPLES.unknown, 'old'), { ...EVENTS.resubmit, reason: why });
    expect(held && nameOf(held.state)).toBe('held');
    expect(held?.state).toMatchObject({ reason: why });
    expect(apply(progress(EXAMPLES.unknown), EVENTS.resubmit)?.state.status).toBe('pending');
  });
});

describe('a new attempt', () => {
  test.each([
    {
      what: 'recreate',
      from: EXAMPLES.succeeded,
      event: EVENTS.recreate,
      replaces: ['old', 'image'],
    },
    { what: 'retry', from: EXAMPLES.failed, event: EVENTS.retry, replaces: ['old'] },
    {
      what: 'resubmit',
      from: EXAMPLES.held,
      event: EVENTS['created again by a person'],
      replaces: ['old'],
    },
  ])('by $what is allowed to replace all that is known', ({ from, event, replaces }) => {
    expect(apply(seen(from, 'old'), event)?.state).toMatchObject({ replaces });
  });

  test('begins when all of it is proven gone, and not for what a list shows meanwhile', () => {
    const start = seen({ status: 'pending', replaces: ['old'] }, 'old');
    const once = apply(start, EVENTS['gone once']);
    expect(once?.state).toMatchObject({ gone: { looks: 1, since: 1 } });
    const sure = once && apply(once, EVENTS['gone for sure']);
    expect(sure).toMatchObject({ seenImageIds: [], state: { status: 'pending', lookedAt: 1 } });
    expect(sure?.state).not.toHaveProperty('replaces');
    expect(sure && apply(sure, EVENTS.admitted)?.state.status).toBe('submitting');
    const meanwhile = once && apply(once, EVENTS.seen);
    expect(meanwhile && apply(meanwhile, EVENTS['gone for sure'])).toBeUndefined();
  });
});

test('no failure ends the evidence: what was seen may have been hidden in that moment', () => {
  expect(apply(seen(EXAMPLES.adopted, 'image'), EVENTS.failed)?.seenImageIds).toEqual(['image']);
  const given = apply(seen(EXAMPLES.held, 'old'), EVENTS['given up by a person']);
  expect(given).toMatchObject({
    seenImageIds: ['old'],
    state: { status: 'failed', imageId: 'old' },
  });
});

test('an image that turns out to be of another import is forgotten', () => {
  const event: ImportEvent = {
    type: 'lost',
    of: '',
    reason,
    at: 1,
    hold: false,
    disowned: 'image',
  };
  const next = apply(seen(EXAMPLES.adopted, 'image'), event);
  expect(next).toMatchObject({ seenImageIds: [], state: { status: 'unknown' } });
  expect(next?.state).not.toHaveProperty('imageIds');
});
