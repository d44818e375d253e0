import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IndexRow } from '../../src/dashboard/live/batch-index.ts';
import { filterInTurns, sortInTurns } from '../../src/dashboard/live/in-turns.ts';
import {
  findRows,
  PAGE_SIZE,
  pageCount,
  readView,
  SORTS,
  type View,
  viewQuery,
} from '../../src/dashboard/live/view.ts';
import { omitUndefined } from '../../src/shared/runtime/omit-undefined.ts';
import { DISPLAY_ORDER } from '../../src/ui/states.ts';

const PLAIN: View = { search: '', isDescending: false, page: 1 };
const time = fc.option(fc.nat(), { nil: undefined });
const row: fc.Arbitrary<IndexRow> = fc.record({
  key: fc.uuid(),
  name: fc.string(),
  source: fc.string(),
  state: fc.constantFrom(...DISPLAY_ORDER),
  code: fc.option(fc.constantFrom('IMG.0015', 'TIMEOUT'), { nil: undefined }),
  ids: fc.constant(''),
  finishedAt: time,
  waitingMs: time,
  inImsMs: time,
  inImsSince: fc.constant(undefined),
});
const view: fc.Arbitrary<View> = fc
  .record({
    state: fc.option(fc.constantFrom(...DISPLAY_ORDER), { nil: undefined }),
    search: fc.string().map((text) => text.trim()),
    sort: fc.option(fc.constantFrom(...SORTS), { nil: undefined }),
    isDescending: fc.boolean(),
    page: fc.integer({ min: 1, max: 9999 }),
  })
  .map(({ sort, isDescending, ...rest }) =>
    omitUndefined({ ...rest, sort, isDescending: sort !== undefined && isDescending }),
  );

describe('a view in an address', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(view, (one) => {
        const query = Object.fromEntries(new URLSearchParams(viewQuery(one)));
        expect(readView(query)).toEqual(one);
      }),
    );
  });

  test('ignores values that make no sense', () => {
    for (const query of [
      {},
      { state: 'nonsense', sort: 'x', page: '-1' },
      { page: '1e9', q: ['a', 'b'], state: '__proto__', sort: 'constructor' },
    ]) {
      expect(readView(query)).toEqual(PLAIN);
    }
  });
});

describe('finding images', () => {
  test('every page of every view together shows each image that fits exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 160 }), view, async (rows, one) => {
        const wanted = rows.filter(({ state }) => one.state === undefined || state === one.state);
        const all = { ...one, search: '' };
        const { total } = await findRows(rows, all, 0);
        const pages = Array.from({ length: pageCount(total) }, (_, at) =>
          findRows(rows, { ...all, page: at + 1 }, 0),
        );
        const keys = (await Promise.all(pages)).flatMap((page) => page.keys);
        expect(total).toBe(wanted.length);
        expect(keys.toSorted()).toEqual(wanted.map(({ key }) => key).toSorted());
      }),
    );
  });

  const named = (name: string, more: Partial<IndexRow> = {}): IndexRow => ({
    key: name,
    name,
    source: '',
    state: 'pending',
    code: undefined,
    ids: '',
    finishedAt: undefined,
    waitingMs: undefined,
    inImsMs: undefined,
    inImsSince: undefined,
    ...more,
  });
  const keysOf = async (rows: readonly IndexRow[], more: Partial<View>) =>
    (await findRows(rows, { ...PLAIN, ...more }, 1000)).keys;

  test('searches names, ids and codes, and takes patterns for the whole name', async () => {
    const rows = [
      named('web-1', { ids: 'job-77 image-9' }),
      named('Web-2', { code: 'IMG.0044' }),
      named('db-1'),
    ];
    expect(await keysOf(rows, { search: 'WEB' })).toEqual(['web-1', 'Web-2']);
    expect(await keysOf(rows, { search: 'job-77' })).toEqual(['web-1']);
    expect(await keysOf(rows, { search: 'img.0044' })).toEqual(['Web-2']);
    expect(await keysOf(rows, { search: 'web-?' })).toEqual(['web-1']);
    expect(await keysOf(rows, { search: '*-1' })).toEqual(['web-1', 'db-1']);
    expect(await keysOf(rows, { search: '.*' })).toEqual([]);
  });

  test('puts images without a value last, in either direction', async () => {
    const rows = [named('a'), named('b', { inImsMs: 5 }), named('c', { inImsMs: 9 })];
    expect(await keysOf(rows, { sort: 'ims' })).toEqual(['b', 'c', 'a']);
    expect(await keysOf(rows, { sort: 'ims', isDescending: true })).toEqual(['c', 'b', 'a']);
    expect(await keysOf(rows, { sort: 'name', isDescending: true })).toEqual(['c', 'b', 'a']);
  });

  test('a page after the last one is the last one', async () => {
    const rows = Array.from({ length: PAGE_SIZE + 1 }, (_, at) => named(`n${at}`));
    expect(await keysOf(rows, { page: 99 })).toEqual([`n${PAGE_SIZE}`]);
    expect(await keysOf([], { page: 99 })).toEqual([]);
  });
});

describe('50,000 images are looked through in turns', () => {
  /** How often `work` is called at most before others have their turn. */
  async function mostInOneTurn(count: (work: () => void) => Promise<unknown>): Promise<number> {
    let [since, most, isOver] = [0, 0, false];
    const tick = (): void => {
      most = Math.max(most, since);
      since = 0;
      if (!isOver) setImmediate(tick);
    };
    setImmediate(tick);
    await count(() => {
      since += 1;
    });
    isOver = true;
    return Math.max(most, since);
  }
  const numbers = Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 50_021);

  test('to find some', async () => {
    const most = await mostInOneTurn((work) =>
      filterInTurns(numbers, (number) => {
        work();
        return number % 2 === 0;
      }),
    );
    expect(most).toBeLessThanOrEqual(2000);
  });

  test('to sort them', async () => {
    let sorted: readonly number[] = [];
    const most = await mostInOneTurn(async (work) => {
      sorted = await sortInTurns(numbers, (a, b) => {
        work();
        return a - b;
      });
    });
    expect(sorted).toEqual(numbers.toSorted((a, b) => a - b));
    expect(most).toBeLessThanOrEqual(25_000);
  });

  test('and equal ones stay in their order', async () => {
    const rows = numbers.map((number, at) => ({ group: number % 3, at }));
    const byGroup = (a: { group: number }, b: { group: number }) => a.group - b.group;
    expect(await sortInTurns(rows, byGroup)).toEqual(rows.toSorted(byGroup));
  });
});
