import { compileGlob } from '../../shared/image/glob.ts';
import type { FailureCount } from '../../shared/ledger/batch-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type DisplayState, isDisplayState } from '../../ui/states.ts';
import type { IndexRow } from './batch-index.ts';
import { filterInTurns, sortInTurns } from './in-turns.ts';

export const SORTS = ['name', 'source', 'state', 'code', 'finished', 'waited', 'ims'] as const;
export type Sort = (typeof SORTS)[number];

/** Which images of a batch a page shows; the query of its address. */
export interface View {
  readonly state?: DisplayState;
  /** Only images with exactly this code. */
  readonly code?: string;
  /** Part of a name, a source, an id or an error code; with `*` or `?` a pattern for the whole name. */
  readonly search: string;
  /** Absent: in the order of the manifest. */
  readonly sort?: Sort;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
}

export const PAGE_SIZE = 50;
const MAX_TEXT_LENGTH = 200;
const MAX_PAGE = 1_000_000;

/** Reads the query of an address; invalid values are ignored. */
export function readView(query: Readonly<Record<string, unknown>>): View {
  const sort = SORTS.find((one) => one === readText(query, 'sort').replace(/^-/, ''));
  const state = readText(query, 'state');
  return omitUndefined({
    state: isDisplayState(state) ? state : undefined,
    code: readCode(query),
    search: readText(query, 'q'),
    sort,
    isDescending: sort !== undefined && readText(query, 'sort').startsWith('-'),
    page: readPage(query),
  });
}

/** A field of a query: empty where it is absent or given twice. */
export function readText(query: Readonly<Record<string, unknown>>, name: string): string {
  const value = query[name];
  return typeof value === 'string' ? value.trim().slice(0, MAX_TEXT_LENGTH) : '';
}

/** An error code, exactly as the cloud wrote it. */
export function readCode({ code }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof code === 'string' && code !== '' ? code : undefined;
}

/** The number of a page, from 1. */
export function readPage(query: Readonly<Record<string, unknown>>): number {
  const text = readText(query, 'page');
  const page = /^\d{1,7}$/.test(text) ? Number(text) : 1;
  return Math.min(MAX_PAGE, Math.max(1, page));
}

/** The query for a view: empty, or starting with `?`. */
export function viewQuery(view: View): string {
  const query = new URLSearchParams();
  if (view.search !== '') query.set('q', view.search);
  if (view.state !== undefined) query.set('state', view.state);
  if (view.code !== undefined) query.set('code', view.code);
  if (view.sort !== undefined) query.set('sort', `${view.isDescending ? '-' : ''}${view.sort}`);
  if (view.page > 1) query.set('page', String(view.page));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The query for the images that failed, or are held, with one code. */
export function failureQuery({ kind, code }: Pick<FailureCount, 'kind' | 'code'>): string {
  return viewQuery({ state: kind, code, search: '', isDescending: false, page: 1 });
}

/** True when a page in the order of the manifest is enough: no search, filter or sort. */
export function isPlain({ state, code, search, sort }: View): boolean {
  return state === undefined && code === undefined && search === '' && sort === undefined;
}

/** The images of one page of a view. A page after the last one is the last one. */
export async function findRows(rows: Iterable<IndexRow>, view: View, now: number) {
  const matching = await filterInTurns(rows, matcherOf(view));
  const compare = view.sort && compareBy(view.sort, now);
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

function matcherOf({ state, code, search }: View): (row: IndexRow) => boolean {
  const fits = searcherOf(search);
  return (row) =>
    (state === undefined || row.state === state) &&
    (code === undefined || row.code === code) &&
    fits(row);
}

function searcherOf(search: string): (row: IndexRow) => boolean {
  if (search === '') return () => true;
  if (/[*?]/.test(search)) {
    const { matches } = compileGlob(search);
    return ({ name }) => matches(name);
  }
  const wanted = search.toLowerCase();
  return ({ name, source, code, ids }) =>
    name.toLowerCase().includes(wanted) ||
    source.toLowerCase().includes(wanted) ||
    code?.toLowerCase().includes(wanted) === true ||
    ids.includes(wanted);
}

type Compare = (a: IndexRow, b: IndexRow, sign: number) => number;

function by<T extends number | string>(of: (row: IndexRow) => T | undefined): Compare {
  return (a, b, sign) => compareValues(of(a), of(b), sign);
}

/** What has no value comes last in either direction. */
export function compareValues<T extends number | string>(
  left: T | undefined,
  right: T | undefined,
  sign: number,
): number {
  if (left === undefined || right === undefined) {
    return Number(left === undefined) - Number(right === undefined);
  }
  return sign * (left < right ? -1 : Number(left > right));
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

/** `now`: an image that IMS is still creating has been there until then. */
function compareBy(sort: Sort, now: number): Compare {
  switch (sort) {
    case 'name':
      return by(({ name }) => name);
    case 'source':
      return by(({ source }) => source);
    case 'code':
      return by(({ code }) => code);
    case 'state':
      return by(({ state }) => STATE_RANK[state]);
    case 'finished':
      return by(({ finishedAt }) => finishedAt);
    case 'waited':
      return by(({ waitingMs }) => waitingMs);
    case 'ims':
      return by(({ inImsMs, inImsSince }) =>
        inImsSince === undefined ? inImsMs : now - inImsSince,
      );
  }
}
