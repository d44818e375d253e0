import { setImmediate } from 'node:timers/promises';
import { compileGlob } from '../../shared/image/glob.ts';
import type { FailureCount } from '../../shared/ledger/batch-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type DisplayState, isDisplayState } from '../../ui/states.ts';
import type { IndexRow } from './batch-index.ts';

export const SORTS = ['name', 'state', 'finished', 'waited', 'ims'] as const;
export type Sort = (typeof SORTS)[number];

/** Which images of a batch a page shows; the query of its address. */
export interface View {
  readonly state?: DisplayState;
  /** Part of a name, an id or an error code; with `*` or `?` a pattern for the whole name. */
  readonly search: string;
  /** Absent: in the order of the manifest. */
  readonly sort?: Sort;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
}

export const PAGE_SIZE = 50;
const MAX_SEARCH_LENGTH = 200;
const MAX_PAGE = 1_000_000;

/** Reads the query of an address; invalid values are ignored. */
export function readView(query: Readonly<Record<string, unknown>>): View {
  const text = (name: string): string => {
    const value = query[name];
    return typeof value === 'string' ? value : '';
  };
  const sort = SORTS.find((one) => one === text('sort').replace(/^-/, ''));
  const state = text('state');
  const page = /^\d{1,7}$/.test(text('page')) ? Number(text('page')) : 1;
  return omitUndefined({
    state: isDisplayState(state) ? state : undefined,
    search: text('q').trim().slice(0, MAX_SEARCH_LENGTH),
    sort,
    isDescending: sort !== undefined && text('sort').startsWith('-'),
    page: Math.min(MAX_PAGE, Math.max(1, page)),
  });
}

/** The query for a view: empty, or starting with `?`. */
export function viewQuery(view: View): string {
  const query = new URLSearchParams();
  if (view.search !== '') query.set('q', view.search);
  if (view.state !== undefined) query.set('state', view.state);
  if (view.sort !== undefined) query.set('sort', `${view.isDescending ? '-' : ''}${view.sort}`);
  if (view.page > 1) query.set('page', String(view.page));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The query for the images that failed, or are held, with one code. */
export function failureQuery({ kind, code }: FailureCount): string {
  return viewQuery({ state: kind, search: code, isDescending: false, page: 1 });
}

/** True when a page in the order of the manifest is enough: no search, filter or sort. */
export function isPlain({ state, search, sort }: View): boolean {
  return state === undefined && search === '' && sort === undefined;
}

/** The images of one page of a view. A page after the last one is the last one. */
export async function findRows(rows: Iterable<IndexRow>, view: View) {
  const matching = await filterInTurns(rows, matcherOf(view));
  const compare = view.sort && COMPARE[view.sort];
  const sign = view.isDescending ? -1 : 1;
  // Images without a value come last in either direction.
  const found = compare ? await sortInTurns(matching, (a, b) => compare(a, b, sign)) : matching;
  const page = Math.min(view.page, pageCount(found.length));
  const from = (page - 1) * PAGE_SIZE;
  return { total: found.length, keys: found.slice(from, from + PAGE_SIZE).map(({ key }) => key) };
}

/** At least 1. */
export function pageCount(total: number): number {
  return Math.max(1, Math.ceil(total / PAGE_SIZE));
}

function matcherOf({ state, search }: View): (row: IndexRow) => boolean {
  const fits = searcherOf(search);
  return (row) => (state === undefined || row.state === state) && fits(row);
}

function searcherOf(search: string): (row: IndexRow) => boolean {
  if (search === '') return () => true;
  if (/[*?]/.test(search)) {
    const { matches } = compileGlob(search);
    return ({ name }) => matches(name);
  }
  const wanted = search.toLowerCase();
  return ({ name, code, ids }) =>
    name.toLowerCase().includes(wanted) ||
    code?.toLowerCase().includes(wanted) === true ||
    ids.includes(wanted);
}

type Compare = (a: IndexRow, b: IndexRow, sign: number) => number;

function byNumber(of: (row: IndexRow) => number | undefined): Compare {
  return (a, b, sign) => {
    const [left, right] = [of(a), of(b)];
    if (left === undefined || right === undefined) {
      return (left === undefined ? 1 : 0) - (right === undefined ? 1 : 0);
    }
    return sign * (left - right);
  };
}

/** Images that need attention first, then those under way. */
const STATE_RANK: Readonly<Record<DisplayState, number>> = {
  failed: 0,
  held: 1,
  unknown: 2,
  creating: 3,
  submitting: 4,
  pending: 5,
  cancelled: 6,
  succeeded: 7,
};

const COMPARE: Readonly<Record<Sort, Compare>> = {
  name: (a, b, sign) => sign * (a.name < b.name ? -1 : Number(a.name > b.name)),
  state: byNumber(({ state }) => STATE_RANK[state]),
  finished: byNumber(({ finishedAt }) => finishedAt),
  waited: byNumber(({ waitingMs }) => waitingMs),
  ims: byNumber(({ inImsMs }) => inImsMs),
};

/** Rows handled without a pause: a few milliseconds, whatever the comparison. */
const ROWS_PER_TURN = 2000;

/** The rows that match; other work of the process gets its turn in between. */
export async function filterInTurns<T>(
  rows: Iterable<T>,
  matches: (row: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let seen = 0;
  for (const row of rows) {
    if (matches(row)) found.push(row);
    seen += 1;
    if (seen % ROWS_PER_TURN === 0) await setImmediate();
  }
  return found;
}

/** A stable merge sort; other work of the process gets its turn in between. */
export async function sortInTurns<T>(
  rows: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
    runs.push(rows.slice(from, from + ROWS_PER_TURN).sort(compare));
    await setImmediate();
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [left[l], right[r]];
    const isLeft = r >= right.length || (l < left.length && compare(a as T, b as T) <= 0);
    merged.push((isLeft ? a : b) as T);
    if (isLeft) l += 1;
    else r += 1;
    if (merged.length % ROWS_PER_TURN === 0) await setImmediate();
  }
  return merged;
}
