import { describe, expect, test } from 'vitest';
import {
  type BatchListView,
  batchListQuery,
  failuresByCode,
  findBatches,
  readBatchListView,
  tabCounts,
} from '../../src/dashboard/live/batch-list.ts';
import { batchHeadline } from '../../src/dashboard/pages/batch-headline.ts';
import type { BatchSummary, Counts } from '../../src/shared/ledger/batch-store.ts';
import type { Obstacle, Outlook, ProjectOutlook } from '../../src/shared/outlook/outlook.ts';

const ALL: BatchListView = { search: '', isDescending: false, page: 1, range: 'hour' };

const NONE: Counts = {
  ...{ pending: 0, submitting: 0, creating: 0, unknown: 0, held: 0 },
  ...{ succeeded: 0, failed: 0, cancelled: 0 },
};

function summary(
  batch: string,
  counts: Partial<Counts>,
  more: Partial<BatchSummary> = {},
): BatchSummary {
  const all = { ...NONE, ...counts };
  const { held: _, ...states } = all;
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return {
    ...{ batch, counts: all, total, missing: 0, createdAt: 1000, isPaused: false, troubles: [] },
    ...more,
  };
}

const failed = (code: string, count: number) => ({ kind: 'failed', code, count }) as const;
const BATCHES = [
  summary('done-1', { succeeded: 5 }, { finishedAt: 9000 }),
  summary(
    'Failed-2',
    { succeeded: 1, failed: 3 },
    { finishedAt: 5000, troubles: [failed('IMG.0044', 3)] },
  ),
  summary(
    'held-10',
    { unknown: 2, held: 2 },
    { troubles: [{ kind: 'held', code: 'TIMEOUT', count: 2 }] },
  ),
  summary(
    'running-9',
    { pending: 4, failed: 1 },
    { troubles: [failed('IMG.0044', 1)], createdAt: 4000 },
  ),
  summary('running-10', { creating: 4, succeeded: 9 }, { createdAt: 3000 }),
];
const OUTLOOK: ProjectOutlook = {
  ...{ project: { done: { kind: 'unknown' } }, obstacles: [], inFlight: 4 },
  batches: new Map<string, Outlook>([
    ['running-9', { perMinute: 2, done: { kind: 'about', at: 70_000, plusMinusMs: 1 } }],
    ['running-10', { perMinute: 7, done: { kind: 'unknown' } }],
  ]),
};
const names = (view: Partial<BatchListView>): readonly string[] =>
  findBatches(BATCHES, OUTLOOK, { ...ALL, ...view }).lines.map(({ summary: { batch } }) => batch);

describe('the list of batches', () => {
  test('has the unfinished ones first, then the latest', () => {
    expect(names({})).toEqual(['running-10', 'running-9', 'held-10', 'Failed-2', 'done-1']);
  });

  test('has tabs, and says how many are behind each', () => {
    expect(names({ tab: 'running' })).toEqual(['running-10', 'running-9']);
    expect(names({ tab: 'failed' })).toEqual(['running-9', 'Failed-2']);
    expect(names({ tab: 'held' })).toEqual(['held-10']);
    expect(names({ tab: 'done' })).toEqual(['Failed-2', 'done-1']);
    expect(tabCounts(BATCHES)).toEqual({ running: 2, failed: 2, held: 1, done: 2 });
  });

  test('is searched by a part of the name, and filtered by a code', () => {
    expect(names({ search: 'RUNNING' })).toEqual(['running-10', 'running-9']);
    expect(names({ failure: { kind: 'failed', code: 'IMG.0044' } })).toEqual([
      'running-9',
      'Failed-2',
    ]);
    expect(names({ failure: { kind: 'held', code: 'IMG.0044' } })).toEqual([]);
  });

  test('is sorted by every column, in both directions; those without a value come last', () => {
    expect(names({ sort: 'name' })).toEqual([
      'done-1',
      'Failed-2',
      'held-10',
      'running-9',
      'running-10',
    ]);
    expect(names({ sort: 'rate', isDescending: true }).slice(0, 2)).toEqual([
      'running-10',
      'running-9',
    ]);
    expect(names({ sort: 'rate' }).slice(0, 2)).toEqual(['running-9', 'running-10']);
    expect(names({ sort: 'failed', isDescending: true }).slice(0, 2)).toEqual([
      'Failed-2',
      'running-9',
    ]);
    expect(names({ sort: 'done' }).slice(0, 3)).toEqual(['Failed-2', 'done-1', 'running-9']);
    expect(names({ sort: 'started', isDescending: true })[0]).toBe('running-9');
    expect(names({ sort: 'held', isDescending: true })[0]).toBe('held-10');
    expect(names({ sort: 'progress' })[0]).toBe('running-9');
  });

  test('shows a page of hundreds; one after the last is the last', () => {
    const many = Array.from({ length: 312 }, (_, at) => summary(`b${at}`, { pending: 1 }));
    const { total, page, lines } = findBatches(many, OUTLOOK, { ...ALL, page: 99 });
    expect([total, page, lines.length]).toEqual([312, 7, 12]);
  });

  test('is named by its address, and ignores what makes no sense in one', () => {
    const view: BatchListView = {
      ...{ tab: 'failed', search: 'web', sort: 'rate', isDescending: true, page: 3, range: 'week' },
      failure: { kind: 'held', code: 'IMG.0044' },
    };
    const query = Object.fromEntries(new URLSearchParams(batchListQuery(view)));
    expect(readBatchListView(query)).toEqual(view);
    const odd = { tab: 'x', sort: 'constructor', page: '-1', range: '__proto__', q: ['a', 'b'] };
    expect(readBatchListView(odd)).toEqual(ALL);
  });
});

test('failures are summed up by code over all batches, the most frequent first', () => {
  expect(failuresByCode(BATCHES)).toEqual([
    { kind: 'failed', code: 'IMG.0044', count: 4, batches: ['Failed-2', 'running-9'] },
    { kind: 'held', code: 'TIMEOUT', count: 2, batches: ['held-10'] },
  ]);
});

describe('the headline of a batch', () => {
  const batch = summary('b', { pending: 3, succeeded: 1 });
  const text = (outlook: Outlook, obstacles: readonly Obstacle[] = [], of = batch): string =>
    batchHeadline(of, outlook, obstacles).text;
  const stop: Obstacle = { kind: 'stopped', resumes: 'by-hand', code: 'X', text: 'x' };

  test('never says in progress of one that does not advance', () => {
    const standing: Outlook = { done: { kind: 'stands' } };
    expect(text(standing, [stop])).toBe('Stopped: 1 of 4 imported');
    expect(text(standing, [{ kind: 'no-worker', code: 'NO_WORKER', text: 'x' }])).toBe(
      'No worker: 1 of 4 imported',
    );
    expect(text(standing)).toBe('Not advancing: 1 of 4 imported');
    expect(text(standing, [stop], { ...batch, isPaused: true })).toBe('Paused: 1 of 4 imported');
  });

  test('says in progress while images of it are being created, and its outcome at the end', () => {
    expect(text({ done: { kind: 'unknown' } }, [stop])).toBe('In progress: 1 of 4 imported');
    const done = summary('b', { succeeded: 4 });
    expect(text({ done: { kind: 'done' } }, [stop], done)).toBe('All 4 images imported');
  });
});
