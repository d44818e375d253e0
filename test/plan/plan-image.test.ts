import { describe, expect, test } from 'vitest';
import { type Known, NO_NEW_ATTEMPTS, planImage } from '../../src/producer/plan/plan-image.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';

const request = imageRequest('a');
const reason = { code: 'IMG.0057', message: 'no such file' };

function entry(state: ImportState, old = request): LedgerEntry {
  return {
    key: 'k',
    request: old,
    batches: ['b'],
    declined: [],
    revision: 1,
    registeredAt: 1,
    polls: 0,
    epoch: 1,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    state,
  };
}

function image(id: string): ImsImage {
  return { id, name: 'a', status: 'active', owner: 'p', tags: [], createdAt: 0 };
}

function listed(parts: Partial<NonNullable<Known['listed']>>): Known['listed'] {
  return { ours: [], namesakes: [], has: () => true, ...parts };
}

/** What is decided where nothing but this is known. */
const decide = (known: Partial<Known>) =>
  planImage({ request, entry: undefined, listed: undefined, again: NO_NEW_ATTEMPTS, ...known });

const old = imageRequest('a', { min_disk: 41 });

describe('an image', () => {
  test.each([
    { what: 'that is new', known: {}, word: 'create' },
    {
      what: 'with our marker in IMS',
      known: { listed: listed({ ours: [image('1')] }) },
      word: 'adopt',
    },
    {
      what: 'with two images of our marker',
      known: { listed: listed({ ours: [image('1'), image('2')] }) },
      word: 'held',
    },
    { what: 'that is enqueued', known: { entry: entry({ status: 'pending' }) }, word: 'create' },
    {
      what: 'that is being created',
      known: { entry: entry({ status: 'creating', since: 1 }) },
      word: 'under-way',
    },
    {
      what: 'that is being submitted',
      known: { entry: entry({ status: 'submitting', sendBy: 1, sender: 'w' }) },
      word: 'under-way',
    },
    {
      what: 'that is looked up',
      known: {
        entry: entry({ status: 'unknown', since: 1, sendBy: 1, reason, held: false, lookUps: 1 }),
      },
      word: 'under-way',
    },
    {
      what: 'that is held',
      known: {
        entry: entry({ status: 'unknown', since: 1, sendBy: 1, reason, held: true, lookUps: 1 }),
      },
      word: 'held',
    },
    {
      what: 'that succeeded',
      known: { entry: entry({ status: 'succeeded', imageId: '1' }) },
      word: 'imported',
    },
    {
      what: 'that failed and is as it was',
      known: { entry: entry({ status: 'failed', reason }) },
      word: 'failed',
    },
    {
      what: 'that failed and has changed',
      known: { entry: entry({ status: 'failed', reason }, old) },
      word: 'create',
    },
    {
      what: 'that was cancelled and is as it was',
      known: { entry: entry({ status: 'cancelled' }) },
      word: 'cancelled',
    },
    {
      what: 'that was cancelled and has changed',
      known: { entry: entry({ status: 'cancelled' }, old) },
      word: 'create',
    },
  ] as const)('$what: $word', ({ known, word }) => {
    expect(decide(known).word).toBe(word);
  });
});

test('a request that differs from what was imported is named, one that is taken over is not', () => {
  const done = entry({ status: 'succeeded', imageId: '1' }, old);
  expect(decide({ entry: done }).differs).toEqual(['min_disk']);
  const waiting = entry({ status: 'pending' }, old);
  expect(decide({ entry: waiting }).differs).toEqual([]);
});

test('an imported image that is gone from IMS is reported, with what to do', () => {
  const known = { entry: entry({ status: 'succeeded', imageId: '1' }) };
  expect(decide({ ...known, listed: listed({}) }).notes).toEqual([]);
  expect(decide({ ...known, listed: undefined }).notes).toEqual([]);
  const [note] = decide({ ...known, listed: listed({ has: () => false }) }).notes;
  expect(note).toContain('submit --recreate');
});

test('another image of the same name is reported', () => {
  const namesakes = [image('other')];
  const { word, notes } = decide({ listed: listed({ namesakes }) });
  expect(word).toBe('create');
  expect(notes).toEqual(['image other has the same name']);
});

test.each([
  { status: 'failed', flag: 'retryFailed', state: { status: 'failed', reason } },
  { status: 'cancelled', flag: 'retryFailed', state: { status: 'cancelled' } },
  { status: 'gone', flag: 'recreate', state: { status: 'succeeded', imageId: '1' } },
] as const)('$flag creates an image again that is $status', ({ flag, state }) => {
  const known = { entry: entry(state), listed: listed({ has: () => false }) };
  expect(decide(known)).toMatchObject({ isOdd: true });
  expect(decide(known).word).not.toBe('create');
  const again = { ...NO_NEW_ATTEMPTS, [flag]: true };
  expect(decide({ ...known, again })).toMatchObject({ word: 'create', isOdd: false });
});

describe('with other projects', () => {
  const shared = (...members: readonly string[]) => imageRequest('a', { members });
  const there = { status: 'succeeded', imageId: 'i' } as const;

  test('a new image is to be shared', () => {
    expect(decide({ request: shared('p', 'q') }).notes).toEqual(['to be shared with 2 projects']);
  });

  test('an image that is there is shared with more, is no different one, and stays where it is', () => {
    const known = { entry: entry(there, shared('p', 'q')), request: shared('q', 'r') };
    expect(decide(known)).toMatchObject({
      ...{ word: 'imported', isOdd: false, differs: [] },
      notes: ['to be shared with 1 project more', 'stays shared with p'],
    });
  });

  test('an image that some project does not have is shared again', () => {
    const sharing = { state: 'failed', checks: 0, members: {} } as const;
    const known = { entry: { ...entry(there, shared('p')), sharing }, request: shared('p') };
    expect(decide(known).notes).toEqual(['to be shared again with projects that do not have it']);
  });
});

describe('an image that exists', () => {
  const succeeded = { status: 'succeeded', imageId: '1' } as const;
  const named = imageRequest('a', { description: 'new' });

  test.each([
    {
      what: 'as the manifest says',
      request,
      own: image('1'),
      old: request,
      fields: [],
      isOdd: false,
    },
    {
      what: 'renamed by hand',
      request,
      own: { ...image('1'), name: 'b' },
      old: request,
      fields: ['name'],
      isOdd: true,
    },
    {
      what: 'changed in the manifest',
      request: named,
      own: image('1'),
      old: request,
      fields: ['description'],
      isOdd: true,
    },
    {
      what: 'changed in both',
      request: named,
      own: { ...image('1'), description: 'new' },
      old: request,
      fields: [],
      isOdd: true,
    },
  ])('$what', ({ request: wanted, own, old: before, fields, isOdd }) => {
    const found = decide({
      request: wanted,
      entry: entry(succeeded, before),
      listed: listed({ own }),
    });
    expect(found).toMatchObject({ word: 'imported', isOdd, notes: [] });
    expect(found.updates.map(({ field }) => field)).toEqual(fields);
  });

  test('that is not active cannot be changed, and fields that only an import sets are named', () => {
    const own = { ...image('1'), status: 'deactivated' };
    const found = decide({ request: named, entry: entry(succeeded, old), listed: listed({ own }) });
    expect(found.fixed).toEqual(['min_disk']);
    expect(found.notes).toEqual(['its image is deactivated: IMS changes only active images']);
  });

  test('that is gone, or under way again, has nothing to be changed', () => {
    const gone = listed({ has: () => false });
    expect(decide({ request: named, entry: entry(succeeded), listed: gone }).updates).toEqual([]);
    const state = { status: 'creating', since: 1 } as const;
    const own = { ...image('1'), name: 'b' };
    expect(
      decide({ request: named, entry: entry(state), listed: listed({ own }) }).updates,
    ).toEqual([]);
  });
});
