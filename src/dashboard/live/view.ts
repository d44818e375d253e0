import { isLook, type Look } from '../../producer/report/html/states.ts';
import { compileGlob } from '../../shared/image/glob.ts';
import type { IndexRow } from './index-row.ts';
import { filterInTurns, sortInTurns } from './sort-in-turns.ts';

export const SORTS = ['name', 'state', 'finished', 'waited', 'ims'] as const;
export type Sort = (typeof SORTS)[number];

/** Which images of a batch a page shows, as its address says it. */
export interface View {
  readonly look?: Look;
  /** In the name, an id or the error code; with `*` or `?` it is the whole name. */
  readonly search: string;
  /** Absent: in the order of the manifest. */
  readonly sort?: Sort;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
}

export const PAGE_SIZE = 50;
const LONGEST_SEARCH = 200;
const MOST_PAGES = 1_000_000;

/** Reads the query of an address; what makes no sense is as if it was not there. */
export function readView(query: Readonly<Record<string, unknown>>): View {
  const text = (name: string): string => {
    const value = query[name];
    return typeof value === 'string' ? value : '';
  };
  const sort = SORTS.find((one) => one === text('sort').replace(/^-/, ''));
  const look = text('state');
  const page = /^\d{1,7}$/.test(text('page')) ? Number(text('page')) : 1;
  return {
    ...(isLook(look) ? { look } : {}),
    search: text('q').trim().slice(0, LONGEST_SEARCH),
    ...(sort === undefined ? {} : { sort }),
    isDescending: sort !== undefined && text('sort').startsWith('-'),
    page: Math.min(MOST_PAGES, Math.max(1, page)),
  };
}

/** The same as a query: empty, or beginning with `?`. */
export function viewQuery(view: View): string {
  const query = new URLSearchParams();
  if (view.search !== '') query.set('q', view.search);
  if (view.look !== undefined) query.set('state', view.look);
  if (view.sort !== undefined) query.set('sort', `${view.isDescending ? '-' : ''}${view.sort}`);
  if (view.page > 1) query.set('page', String(view.page));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** True when the images can be shown in the manifest's order, without knowing all of them. */
export function isPlain({ look, search, sort }: View): boolean {
  return look === undefined && search === '' && sort === undefined;
}

export interface Found {
  /** How many there are on all pages. */
  readonly total: number;
  readonly keys: readonly string[];
}

/** The images of a view. A page that is not there is the last one. */
export async function findRows(rows: Iterable<IndexRow>, view: View): Promise<Found> {
  const matching = await filterInTurns(rows, matcherOf(view));
  const compare = view.sort && COMPARE[view.sort];
  const sign = view.isDescending ? -1 : 1;
  // Those that have no such value come last, whichever way it is sorted.
  const found = compare ? await sortInTurns(matching, (a, b) => compare(a, b, sign)) : matching;
  const page = Math.min(view.page, pageCount(found.length));
  const from = (page - 1) * PAGE_SIZE;
  return { total: found.length, keys: found.slice(from, from + PAGE_SIZE).map(({ key }) => key) };
}

/** At least 1. */
export function pageCount(total: number): number {
  return Math.max(1, Math.ceil(total / PAGE_SIZE));
}

function matcherOf({ look, search }: View): (row: IndexRow) => boolean {
  const fits = searcherOf(search);
  return (row) => (look === undefined || row.look === look) && fits(row);
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

const LOOK_PLACE: Readonly<Record<Look, number>> = {
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
  state: byNumber(({ look }) => LOOK_PLACE[look]),
  finished: byNumber(({ finishedAt }) => finishedAt),
  waited: byNumber(({ waitingMs }) => waitingMs),
  ims: byNumber(({ inImsMs }) => inImsMs),
};
