import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary, FailureCount } from '../../shared/ledger/batch-store.ts';
import type { DoneTime, Outlook, ProjectOutlook } from '../../shared/outlook/outlook.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { settledCount } from '../../ui/states.ts';
import { RANGES, type Range } from './history-range.ts';
import { compareValues, PAGE_SIZE, pageCount, readCode, readPage, readText } from './view.ts';

/** Which batches belong to a tab; one may be in several. */
const TABS = {
  running: (summary) => !isFinished(summary),
  failed: ({ counts }) => counts.failed > 0,
  held: ({ counts }) => counts.held > 0,
  done: (summary) => isFinished(summary) && summary.counts.held === 0,
} as const satisfies Readonly<Record<string, (summary: BatchSummary) => boolean>>;

export type Tab = keyof typeof TABS;
export const TAB_NAMES = Object.keys(TABS) as readonly Tab[];

const BATCH_SORTS = ['name', 'progress', 'failed', 'held', 'rate', 'done', 'started'] as const;
export type BatchSort = (typeof BATCH_SORTS)[number];

/** Which batches the first page shows; the query of its address. */
export interface BatchListView {
  readonly tab?: Tab;
  /** Part of a name. */
  readonly search: string;
  /** Only batches with images that failed, or are held, with this code. */
  readonly failure?: Pick<FailureCount, 'kind' | 'code'>;
  /** Absent: unfinished ones first, then the latest. */
  readonly sort?: BatchSort;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
  /** Of the charts. */
  readonly range: Range;
}

/** Reads the query of an address; invalid values are ignored. */
export function readBatchListView(query: Readonly<Record<string, unknown>>): BatchListView {
  const tab = readText(query, 'tab');
  const sort = BATCH_SORTS.find((one) => one === readText(query, 'sort').replace(/^-/, ''));
  const code = readCode(query);
  const kind = readText(query, 'kind') === 'held' ? ('held' as const) : ('failed' as const);
  const range = readText(query, 'range');
  return omitUndefined({
    tab: TAB_NAMES.find((one) => one === tab),
    search: readText(query, 'q'),
    failure: code === undefined ? undefined : { kind, code },
    sort,
    isDescending: sort !== undefined && readText(query, 'sort').startsWith('-'),
    page: readPage(query),
    range: isRange(range) ? range : ('hour' as const),
  });
}

function isRange(word: string): word is Range {
  return Object.hasOwn(RANGES, word);
}

/** The query for a view: empty, or starting with `?`. */
export function batchListQuery(view: BatchListView): string {
  const { tab, search, failure, sort, isDescending, page, range } = view;
  const query = new URLSearchParams();
  if (tab) query.set('tab', tab);
  if (search !== '') query.set('q', search);
  if (failure) query.set('code', failure.code);
  if (failure?.kind === 'held') query.set('kind', 'held');
  if (sort) query.set('sort', `${isDescending ? '-' : ''}${sort}`);
  if (page > 1) query.set('page', String(page));
  if (range !== 'hour') query.set('range', range);
  return query.size === 0 ? '' : `?${query}`;
}

/** A row of the table. */
export interface BatchLine {
  readonly summary: BatchSummary;
  readonly outlook: Outlook;
}

/** How many batches each tab has. */
export function tabCounts(batches: readonly BatchSummary[]): Readonly<Record<Tab, number>> {
  const count = (tab: Tab): number => batches.filter(TABS[tab]).length;
  return {
    running: count('running'),
    failed: count('failed'),
    held: count('held'),
    done: count('done'),
  };
}

/** The batches of one page of a view. A page after the last one is the last one. */
export function findBatches(
  batches: readonly BatchSummary[],
  outlook: ProjectOutlook,
  view: BatchListView,
) {
  const lines = batches
    .filter((summary) => fits(summary, view))
    .map((summary) => ({ summary, outlook: outlookOf(outlook, summary) }));
  const sorted = sortLines(lines, view);
  const page = Math.min(view.page, pageCount(lines.length));
  const from = (page - 1) * PAGE_SIZE;
  return { total: lines.length, page, lines: sorted.slice(from, from + PAGE_SIZE) };
}

/** A batch that was registered a moment ago has none yet. */
export function outlookOf(outlook: ProjectOutlook, summary: BatchSummary): Outlook {
  const kind = isFinished(summary) ? 'done' : 'unknown';
  return outlook.batches.get(summary.batch) ?? { done: { kind } };
}

function fits(summary: BatchSummary, { tab, search, failure }: BatchListView): boolean {
  if (tab && !TABS[tab](summary)) return false;
  if (failure && countOf(summary, failure) === 0) return false;
  return summary.batch.toLowerCase().includes(search.toLowerCase());
}

/** Images of a batch with this failure. */
export function countOf({ troubles }: BatchSummary, failure: Pick<FailureCount, 'kind' | 'code'>) {
  const found = troubles.find(({ kind, code }) => kind === failure.kind && code === failure.code);
  return found?.count ?? 0;
}

const VALUE: Readonly<Record<Exclude<BatchSort, 'name'>, (line: BatchLine) => number | undefined>> =
  {
    progress: ({ summary }) => settledCount(summary.counts) / Math.max(1, summary.total),
    failed: ({ summary }) => summary.counts.failed,
    held: ({ summary }) => summary.counts.held,
    rate: ({ outlook }) => outlook.perMinute,
    done: ({ summary, outlook }) => summary.finishedAt ?? doneAt(outlook.done),
    started: ({ summary }) => summary.createdAt,
  };

function doneAt(done: DoneTime): number | undefined {
  return done.kind === 'about' ? done.at : undefined;
}

function sortLines(lines: readonly BatchLine[], view: BatchListView): readonly BatchLine[] {
  const { sort, isDescending } = view;
  const sign = isDescending ? -1 : 1;
  // The ledger has them in the order in which they were submitted.
  const latest = lines.toReversed();
  if (sort === undefined) {
    return latest.sort((a, b) => Number(isFinished(a.summary)) - Number(isFinished(b.summary)));
  }
  if (sort === 'name') {
    const byName = new Intl.Collator('en', { numeric: true });
    return latest.sort((a, b) => sign * byName.compare(a.summary.batch, b.summary.batch));
  }
  const value = VALUE[sort];
  return latest.sort((a, b) => compareValues(value(a), value(b), sign));
}

/** A code over all batches. */
export interface CodeCount extends Pick<FailureCount, 'kind' | 'code' | 'count'> {
  readonly batches: readonly string[];
}

/** What failed or is held, by code over all batches; the most frequent first. */
export function failuresByCode(summaries: readonly BatchSummary[]): readonly CodeCount[] {
  const found = new Map<string, CodeCount>();
  for (const { batch, troubles } of summaries) {
    for (const { kind, code, count } of troubles) {
      const id = `${kind} ${code}`;
      const known = found.get(id);
      const batches = [...(known?.batches ?? []), batch];
      found.set(id, { kind, code, count: count + (known?.count ?? 0), batches });
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
