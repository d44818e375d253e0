import { isFinished } from '../../producer/progress.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatCount, formatSpan, rateText, visible } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { percentOf } from '../../ui/page.ts';
import { stateBar, stateIcon } from '../../ui/states.ts';
import { timeTag } from '../../ui/time.ts';
import { batchPath } from '../addresses.ts';
import {
  type BatchLine,
  type BatchListView,
  type BatchSort,
  batchListQuery,
  countOf,
  findBatches,
  TAB_NAMES,
  type Tab,
  tabCounts,
} from '../live/batch-list.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { failureQuery, pageCount, viewQuery } from '../live/view.ts';
import { batchHeadline } from './batch-headline.ts';
import { doneCell } from './done-text.ts';
import { pagerOf, sortHead } from './list-parts.ts';

const TAB_LABELS: Readonly<Record<Tab, string>> = {
  running: 'Running',
  failed: 'Failed',
  held: 'Held',
  done: 'Done',
};

/** All batches as a table, a page at a time. */
export function batchTable(snapshot: Snapshot, view: BatchListView): Markup {
  const { batches, outlook } = snapshot;
  const { total, page, lines } = findBatches(batches, outlook, view);
  const found =
    total === batches.length
      ? formatCount(total, 'batch', 'batches')
      : `${formatCount(total)} of ${formatCount(batches.length, 'batch', 'batches')}`;
  const linkTo = (at: number): string => `/${batchListQuery({ ...view, page: at })}`;
  return html`<section class="card images list" id="list" aria-labelledby="list-title">
<div class="list-head"><h2 id="list-title">All batches</h2><p class="note" id="found">${found}</p></div>
${searchForm(view)}
${tabs(snapshot, view)}
${lines.length === 0 ? html`<p class="empty">No batch matches. <a class="button quiet" data-view href="/">Show all batches</a></p>` : table(lines, snapshot, view)}
${pagerOf(page, pageCount(total), linkTo)}
</section>`;
}

/** The page script leaves this form alone while the list changes. */
function searchForm({ tab, search, sort, isDescending, failure, range }: BatchListView): Markup {
  const hidden = (name: string, value: string | undefined): Part =>
    html`<input type="hidden" name="${name}" value="${value ?? ''}">`;
  const order = sort === undefined ? undefined : `${isDescending ? '-' : ''}${sort}`;
  return html`<form class="controls" role="search" aria-label="Batches" action="/" method="get" id="search" data-keep>
<label class="search"><span>Search</span><input type="search" name="q" value="${search}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="Name of a batch"></label>
${hidden('tab', tab)}${hidden('sort', order)}${hidden('code', failure?.code)}${hidden('kind', failure?.kind === 'held' ? 'held' : undefined)}${hidden('range', range === 'hour' ? undefined : range)}<button class="button" type="submit">Search</button></form>`;
}

function tabs({ batches }: Snapshot, view: BatchListView): Markup {
  const counts = tabCounts(batches);
  const chip = (tab: Tab | undefined, label: string, count: number): Markup => {
    const { tab: _, ...others } = view;
    const next = { ...others, ...(tab && { tab }), page: 1 };
    return html`<li><a class="chip" data-view href="/${batchListQuery(next)}"${tab === view.tab ? html` aria-current="true"` : undefined}><span>${label} <b>${formatCount(count)}</b></span></a></li>`;
  };
  const { failure, ...withoutCode } = view;
  const code = failure
    ? html`<li><a class="chip" data-view href="/${batchListQuery({ ...withoutCode, page: 1 })}" aria-current="true"><span>${stateIcon(failure.kind)}${codeTag(failure.code)} <span class="unseen">shown only; show all codes</span><span aria-hidden="true">×</span></span></a></li>`
    : undefined;
  return html`<ul class="chips" aria-label="State">${chip(undefined, 'All', batches.length)}${TAB_NAMES.map((tab) => chip(tab, TAB_LABELS[tab], counts[tab]))}${code}</ul>`;
}

const COLUMNS: readonly {
  readonly sort: BatchSort;
  readonly label: string;
  readonly kind: string;
}[] = [
  { sort: 'name', label: 'Name', kind: '' },
  { sort: 'progress', label: 'Progress', kind: '' },
  { sort: 'failed', label: 'Failed', kind: 'number' },
  { sort: 'held', label: 'Held', kind: 'number' },
  { sort: 'rate', label: 'Rate', kind: 'number' },
  { sort: 'done', label: 'Done', kind: 'number' },
  { sort: 'started', label: 'Started', kind: 'number' },
];

function table(lines: readonly BatchLine[], snapshot: Snapshot, view: BatchListView): Markup {
  const heads = COLUMNS.map((column) => {
    const isOn = view.sort === column.sort;
    // What is most, or latest, is of interest first.
    const isDescending = isOn ? !view.isDescending : column.sort !== 'name';
    const next = { ...view, sort: column.sort, isDescending, page: 1 };
    return sortHead(column, { isOn, ...view }, `/${batchListQuery(next)}`);
  });
  return html`<table aria-labelledby="list-title"><thead><tr>${heads}</tr></thead>
<tbody>${lines.map((line) => row(line, snapshot, view))}</tbody></table>`;
}

function row(line: BatchLine, { outlook: { obstacles } }: Snapshot, view: BatchListView): Markup {
  const { summary, outlook } = line;
  const { batch, counts, total, createdAt, finishedAt } = summary;
  const path = batchPath(batch);
  const { state, text } = batchHeadline(summary, outlook, obstacles);
  const rate = outlook.perMinute === undefined ? '–' : rateText(outlook.perMinute);
  const isOpen = !isFinished(summary);
  const end =
    isOpen || finishedAt === undefined
      ? doneCell(outlook.done)
      : { value: timeTag(finishedAt, 'short'), note: `took ${formatSpan(finishedAt - createdAt)}` };
  const code =
    view.failure === undefined
      ? undefined
      : html`<a href="${path}${failureQuery(view.failure)}#list">${formatCount(countOf(summary, view.failure), 'image')} with ${codeTag(view.failure.code)}</a>`;
  return html`<tr id="batch-${encodeURIComponent(batch)}"><th scope="row"><a href="${path}"><bdi>${visible(batch)}</bdi></a><small class="summary">${stateIcon(state)}${isOpen ? text.split(':')[0] : text}</small>${code === undefined ? undefined : html`<small>${code}</small>`}</th>
<td class="progress">${stateBar(summary)}<small>${formatCount(counts.succeeded)} of ${formatCount(total)} imported · ${percentOf(counts.succeeded, total)}</small></td>
<td class="number" data-label="Failed">${countLink(path, 'failed', counts.failed)}</td>
<td class="number" data-label="Held">${countLink(path, 'held', counts.held)}</td>
<td class="number" data-label="Rate">${isOpen ? rate : '–'}</td>
<td class="number done" data-label="Done">${end.value}<small>${end.note}</small></td>
<td class="number time" data-label="Started">${timeTag(createdAt, 'short')}</td></tr>`;
}

function countLink(path: string, state: 'failed' | 'held', count: number): Part {
  if (count === 0) return html`<span class="none">0</span>`;
  const query = viewQuery({ state, search: '', isDescending: false, page: 1 });
  return html`<a href="${path}${query}#list">${formatCount(count)}<span class="unseen"> ${state}</span></a>`;
}
