import { html, type Markup, type Part } from '../../producer/report/html/markup.ts';
import { LOOKS, type Look, lookCounts, lookOf, mark } from '../../producer/report/html/states.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import type { ImageRow } from '../../producer/report/model/batch-report.ts';
import { formatSpan, utcTime } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { PAGE_SIZE, pageCount, type Sort, type View, viewQuery } from '../live/view.ts';
import { batchPath, imagePath } from './addresses.ts';

/** One page of the images of a batch. */
export interface ImageList {
  readonly view: View;
  readonly rows: readonly ImageRow[];
  /** On all pages. */
  readonly total: number;
  /** Images that were looked through; fewer than there are while they are still being read. */
  readonly looked: number;
}

/** The form that searches; the script leaves it alone while the list changes. */
function searchForm(batch: string, view: View): Markup {
  const { look, sort, isDescending, search } = view;
  const order = sort === undefined ? undefined : `${isDescending ? '-' : ''}${sort}`;
  const hidden = (name: string, value: string | undefined): Part =>
    html`<input type="hidden" name="${name}" value="${value ?? ''}">`;
  return html`<form class="controls" role="search" aria-label="Images" action="${batchPath(batch)}" method="get" id="search" data-keep>
<label class="search"><span>Search</span><input type="search" name="q" value="${search}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="Name, id or error code"></label>
${hidden('state', look)}${hidden('sort', order)}<button class="button" type="submit">Search</button></form>`;
}

/** The list itself. */
export function imageList(list: ImageList, summary: BatchSummary): Markup {
  const { rows, total, view } = list;
  const path = batchPath(summary.batch);
  return html`<section class="card images" id="images" aria-labelledby="images-title">
<div class="list-head"><h2 id="images-title">Images</h2><p class="note" id="found">${foundText(list, summary)}</p></div>
${searchForm(summary.batch, view)}
${chips(view, summary)}
${rows.length === 0 ? nothing(list, path) : table(list, summary.batch)}
${pager(view, total, path)}
</section>`;
}

function foundText({ total, looked, view, rows }: ImageList, { total: all }: BatchSummary): string {
  const from = (Math.min(view.page, pageCount(total)) - 1) * PAGE_SIZE;
  const here = rows.length === 0 ? '' : `, ${whole(from + 1)} to ${whole(from + rows.length)} here`;
  const found = total === all ? whole(total, 'image') : `${whole(total)} of ${whole(all, 'image')}`;
  if (looked >= all) return `${found}${here}`;
  const share = Math.floor((100 * looked) / Math.max(1, all));
  return `${found} so far: ${share} % of the batch has been looked through`;
}

function nothing({ looked }: ImageList, path: string): Markup {
  const text = looked === 0 ? 'The list is being read.' : 'No image matches.';
  return html`<p class="empty">${text} <a class="button quiet" data-view href="${path}">Show all images</a></p>`;
}

function chips(view: View, summary: BatchSummary): Markup {
  const chip = (look: Look | undefined, label: Part, count: number): Markup => {
    const { look: _, ...rest } = view;
    const query = viewQuery({ ...rest, page: 1, ...(look === undefined ? {} : { look }) });
    const isOn = view.look === look;
    return html`<li id="chip-${look ?? 'all'}"><a class="chip" data-view href="${batchPath(summary.batch)}${query}"${isOn ? html` aria-current="true"` : undefined}><span>${label} <b>${whole(count)}</b></span></a></li>`;
  };
  const all = lookCounts(summary).map(({ look, count }) =>
    chip(look, html`${mark(look)}${LOOKS[look]}`, count),
  );
  return html`<ul class="chips" aria-label="State">${chip(undefined, 'All', summary.total)}${all}</ul>`;
}

const COLUMNS: readonly { readonly sort: Sort; readonly label: string; readonly kind: string }[] = [
  { sort: 'name', label: 'Name', kind: '' },
  { sort: 'state', label: 'State', kind: '' },
  { sort: 'waited', label: 'Waited', kind: 'number' },
  { sort: 'ims', label: 'In IMS', kind: 'number' },
  { sort: 'finished', label: 'Finished (UTC)', kind: 'number' },
];

function table({ rows, view }: ImageList, batch: string): Markup {
  const heads = COLUMNS.map(({ sort, label, kind }) => {
    const isOn = view.sort === sort;
    const next = { ...view, sort, isDescending: isOn && !view.isDescending, page: 1 };
    const order = view.isDescending ? 'descending' : 'ascending';
    return html`<th scope="col" class="${kind}"${isOn ? html` aria-sort="${order}"` : undefined}><a data-view href="${batchPath(batch)}${viewQuery(next)}">${label}<span class="arrow" aria-hidden="true"></span></a></th>`;
  });
  return html`<table aria-labelledby="images-title"><thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => imageLine(row, batch))}</tbody></table>`;
}

function imageLine(row: ImageRow, batch: string): Markup {
  const look = lookOf(row);
  const { error, finishedAt, imageId, jobId } = row;
  const id = imageId === undefined ? jobId && `IMS job ${jobId}` : `image ${imageId}`;
  const attempt =
    row.attempt > 1 ? html` <small class="attempt">attempt ${row.attempt}</small>` : undefined;
  const reason = error
    ? html`<small class="reason"><bdi><b>${shown(error.code)}</b> ${shown(error.message)}</bdi></small>`
    : undefined;
  return html`<tr id="image-${row.key}"><th scope="row"><a href="${imagePath(batch, row.key)}"><bdi>${shown(row.name)}</bdi></a>${id === undefined ? undefined : html`<small class="id">${shown(id)}</small>`}${reason}</th>
<td class="state">${mark(look)}${LOOKS[look]}${progressText(row)}${attempt}</td>
<td class="number" data-label="Waited">${span(row.waitingMs)}</td>
<td class="number" data-label="In IMS">${span(row.inImsMs)}</td>
<td class="number time" data-label="Finished">${finishedAt === undefined ? '–' : utcTime(finishedAt)}</td></tr>`;
}

function progressText({ progress, overdue }: ImageRow): Part {
  if (overdue) return html` <small>for more than a day</small>`;
  return progress === undefined ? undefined : ` ${Math.floor(progress * 100)} %`;
}

function span(ms: number | undefined): string {
  return ms === undefined ? '–' : formatSpan(ms);
}

function pager(view: View, total: number, path: string): Markup | undefined {
  const pages = pageCount(total);
  if (pages === 1) return undefined;
  const at = Math.min(view.page, pages);
  const link = (page: number, label: string, isThere: boolean): Markup =>
    isThere
      ? html`<a class="button" data-view href="${path}${viewQuery({ ...view, page })}">${label}</a>`
      : html`<span class="button off">${label}</span>`;
  return html`<nav class="pager" aria-label="Pages of the list">${link(1, 'First', at > 1)}${link(at - 1, 'Previous', at > 1)}
<span>Page ${whole(at)} of ${whole(pages)}</span>${link(at + 1, 'Next', at < pages)}${link(pages, 'Last', at < pages)}</nav>`;
}
