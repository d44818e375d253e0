import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { withMarker, withoutMarker } from '../../src/shared/look-up/match-images.ts';
import { sendBudgetMs, startDeadline } from '../../src/worker/intents.ts';
import { judgeImage, judgeJob, worstOf } from '../../src/worker/judge.ts';
import { decideUnknown, lookUpDelay } from '../../src/worker/look-up.ts';
import { throttlePauseMs } from '../../src/worker/request-pace.ts';
import { imageRequest } from '../support/images.ts';

const KEY = 'A'.repeat(43);
const OTHER = 'B'.repeat(43);

describe('deadline of a create', () => {
  const clockAt = (wall: number, mono: number) => {
    const time = { wall, mono };
    return {
      time,
      clock: { wall: { now: () => time.wall }, monotonic: () => time.mono },
    };
  };

  test.each([
    { what: 'nothing passed', wall: 0, mono: 0, may: true },
    { what: 'both clocks at the edge', wall: 5000, mono: 5000, may: true },
    { what: 'the wall clock is past it', wall: 5001, mono: 10, may: false },
    { what: 'the monotonic clock is past it', wall: 10, mono: 5001, may: false },
    { what: 'the wall clock jumped back', wall: -1, mono: 10, may: false },
  ])('$what → may send: $may', ({ wall, mono, may }) => {
    const { time, clock } = clockAt(100_000, 7000);
    const deadline = startDeadline(clock, 5000);
    time.wall += wall;
    time.mono += mono;
    expect(deadline.mayStillSend()).toBe(may);
  });

  test('is half of the lock, ten seconds at most', () => {
    expect([1000, 20_000, 30_000].map(sendBudgetMs)).toEqual([500, 10_000, 10_000]);
  });
});

describe('an unknown import that no look-up finds', () => {
  const lag = { samples: 5, largestMs: 300 };
  const base = {
    startedAt: 2000,
    sendBy: 1000,
    windowMs: 900,
    policy: 'auto',
    lag,
    hasEvidence: false,
    resent: 0,
  } as const;

  test.each([
    {
      what: 'a look-up that began within the window',
      change: { startedAt: 1899 },
      is: 'look-again',
    },
    { what: 'auto with five samples, window three times the slowest', change: {}, is: 'resubmit' },
    { what: 'auto with four samples', change: { lag: { samples: 4, largestMs: 1 } }, is: 'hold' },
    { what: 'auto with a slow list', change: { lag: { samples: 9, largestMs: 301 } }, is: 'hold' },
    { what: 'hold', change: { policy: 'hold' }, is: 'hold' },
    { what: 'resubmit, nine times', change: { policy: 'resubmit', resent: 9 }, is: 'resubmit' },
    { what: 'resubmit, ten times', change: { policy: 'resubmit', resent: 10 }, is: 'hold' },
    { what: 'auto, ten times', change: { resent: 10 }, is: 'hold' },
    {
      what: 'resubmit without samples',
      change: { policy: 'resubmit', lag: { samples: 0, largestMs: 0 } },
      is: 'resubmit',
    },
  ] as const)('$what → $is', ({ change, is }) => {
    expect(decideUnknown({ ...base, ...change })).toBe(is);
  });

  test('look-ups become less frequent, at least six in a window', () => {
    const pauses = [0, 1, 2, 3, 4, 9].map((done) => lookUpDelay(done, 900_000));
    expect(pauses).toEqual([15_000, 30_000, 60_000, 120_000, 150_000, 150_000]);
  });
});

describe('what counts as found', () => {
  const wanted = {
    key: KEY,
    request: imageRequest('n', { image_url: 'b:o' }),
    sourceIds: [],
    projectId: 'p',
    intentAt: 1_000_000,
  } as const;
  const image: ImsImage = {
    id: 'i',
    name: 'n',
    status: 'saving',
    owner: 'p',
    tags: [`imsferry=${KEY}`],
    createdAt: 1_000_000,
    dataOrigin: 'file,b:o',
  };
  const bare = { ...image, tags: [] };

  test.each([
    { what: 'our marker, being created', image, found: true },
    { what: 'our marker in dot form', image: { ...image, tags: [`imsferry.${KEY}`] }, found: true },
    {
      what: 'the marker of another import',
      image: { ...image, tags: [`imsferry=${OTHER}`] },
      found: false,
    },
    { what: 'another owner', image: { ...image, owner: 'q' }, found: false },
    { what: 'a copy of an image', image: { ...image, dataOrigin: 'image,eu-de,x' }, found: false },
    { what: 'killed', image: { ...image, status: 'killed' }, found: false },
    { what: 'no marker', image: bare, found: false },
  ])('by marker: $what → $found', (row) => {
    expect(withMarker([row.image], wanted)).toHaveLength(row.found ? 1 : 0);
  });

  test.each([
    ['queued', 'coming'],
    ['saving', 'coming'],
    ['importing', 'coming'],
    ['uploading', 'coming'],
    ['a word of the future', 'coming'],
    ['active', 'active'],
    ['deactivated', 'active'],
    ['killed', 'dead'],
    ['deleted', 'deleted'],
    ['pending_delete', 'deleted'],
  ])('an image that is %s is %s; only the last three are not ours', (status, is) => {
    expect(judgeImage({ ...image, status }, wanted, true)).toBe(is);
    const ours = withMarker([{ ...image, status }], wanted);
    expect(ours).toHaveLength(is === 'dead' || is === 'deleted' ? 0 : 1);
  });

  test.each([
    { what: 'same name and file, made after the intent', image: bare, found: true },
    {
      what: 'made within five minutes before it',
      image: { ...bare, createdAt: 700_000 },
      found: true,
    },
    { what: 'made earlier', image: { ...bare, createdAt: 699_999 }, found: false },
    { what: 'another file', image: { ...bare, dataOrigin: 'file,b:other' }, found: false },
    { what: 'another name', image: { ...bare, name: 'm' }, found: false },
    {
      what: 'a marker of another import',
      image: { ...image, tags: [`imsferry=${OTHER}`] },
      found: false,
    },
  ])('without a marker: $what → $found', (row) => {
    expect(withoutMarker([row.image], wanted)).toHaveLength(row.found ? 1 : 0);
  });

  test('the marker of another import unmasks an image that was taken for ours', () => {
    expect(judgeImage({ ...image, status: 'active' }, { ...wanted, key: OTHER }, true)).toBe(
      'not-ours',
    );
    expect(judgeImage({ ...image, status: 'active' }, { ...wanted, key: OTHER }, false)).toBe(
      'active',
    );
  });
});

describe('the two facts', () => {
  const job = { id: 'j', statusWord: '', otherImageIds: [] };

  test.each([
    { status: 'INIT', is: 'running' },
    { status: 'RUNNING', is: 'running' },
    { status: 'other', is: 'running' },
    { status: 'SUCCESS', is: 'success' },
    { status: 'FAIL', is: 'failed' },
  ] as const)('an IMS job that is $status → $is', ({ status, is }) => {
    expect(judgeJob({ ...job, status }).kind).toBe(is);
  });

  test('several images of one IMS job are as good as the worst', () => {
    expect(worstOf(['active', 'coming', 'active'])).toBe('coming');
    expect(worstOf(['active', 'missing'])).toBe('missing');
    expect(worstOf(['active', 'active'])).toBe('active');
    expect(worstOf([])).toBe('missing');
  });
});

test('a throttled call doubles the pause, Retry-After is honoured', () => {
  expect([1, 2, 3].map((nth) => throttlePauseMs(nth, undefined))).toEqual([1000, 2000, 4000]);
  expect(throttlePauseMs(1, 30_000)).toBe(30_000);
  expect(throttlePauseMs(40, undefined)).toBe(60_000);
});
