import { describe, expect, test } from 'vitest';
import { type Known, planImage } from '../../src/producer/plan/plan-image.ts';
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
    const { word: planned } = planImage({ request, entry: undefined, listed: undefined, ...known });
    expect(planned).toBe(word);
  });
});

test('a request that differs from what was imported is named, one that is taken over is not', () => {
  const done = entry({ status: 'succeeded', imageId: '1' }, old);
  expect(planImage({ request, entry: done, listed: undefined }).differs).toEqual(['min_disk']);
  const waiting = entry({ status: 'pending' }, old);
  expect(planImage({ request, entry: waiting, listed: undefined }).differs).toEqual([]);
});

test('an imported image that is gone from IMS is reported, with what to do', () => {
  const known = { request, entry: entry({ status: 'succeeded', imageId: '1' }) };
  expect(planImage({ ...known, listed: listed({}) }).notes).toEqual([]);
  expect(planImage({ ...known, listed: undefined }).notes).toEqual([]);
  const [note] = planImage({ ...known, listed: listed({ has: () => false }) }).notes;
  expect(note).toContain('submit --recreate');
});

test('another image of the same name is reported', () => {
  const namesakes = [image('other')];
  const { word, notes } = planImage({ request, entry: undefined, listed: listed({ namesakes }) });
  expect(word).toBe('create');
  expect(notes).toEqual(['image other has the same name']);
});
