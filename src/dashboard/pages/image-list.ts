import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { formatCount, spanText, utcTime, visible } from '../../ui/format.ts';
import type { ImageRow } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { type DisplayState, displayStateOf, stateCounts, stateName } from '../../ui/states.ts';
import { batchPath, imagePath } from '../addresses.ts';
import { PAGE_SIZE, pageCount, type Sort, type View, viewQuery } from '../live/view.ts';

/** One page of the images of a batch. */
export interface ImageList {
  readonly view: View;
  readonly rows: readonly ImageRow[];
  /** On all pages. */
  readonly total: number;
  /** Images searched so far; fewer than the batch has while it is still being read. */
  readonly searched: number;
}

export function imageList(list: ImageList, summary: BatchSummary): Markup {
  const { rows, total, view } = list;
  const path = batchPath(summary.batch);
  return html`<section class="card images" id="images" aria-labelledby="images-title">
<div class="list-head"><h2 id="images-title">Images</h2><p class="note" id="found">${foundText(list, summary)}</p></div>
${searchForm(path, view)}
${chips(view, summary)}
${rows.length === 0 ? nothingFound(list, path) : table(list, summary.batch)}
${pager(view, total, path)}
</section>`;
}

function foundText({ total, searched, view, rows }: ImageList, batch: BatchSummary): string {
  const from = (Math.min(view.page, pageCount(total)) - 1) * PAGE_SIZE;
  const range = `, ${formatCount(from + 1)} to ${formatCount(from + rows.length)} here`;
  const found =
    total === batch.total
      ? formatCount(total, 'image')
      : `${formatCount(total)} of ${formatCount(batch.total, 'image')}`;
  if (searched >= batch.total) return `${found}${rows.length === 0 ? '' : range}`;
  const share = Math.floor((100 * searched) / Math.max(1, batch.total));
  return `${found} so far: ${share} % of the batch searched`;
}

/** The page script leaves this form alone while the list changes. */
function searchForm(path: string, { state, sort, isDescending, search }: View): Markup {
  const order = sort === undefined ? undefined : `${isDescending ? '-' : ''}${sort}`;
  const hidden = (name: string, value: string | undefined): Part =>
    html`<input type="hidden" name="${name}" value="${value ?? ''}">`;
  return html`<form class="controls" role="search" aria-label="Images" action="${path}" method="get" id="search" data-keep>
<label class="search"><span>Search</span><input type="search" name="q" value="${search}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="Name, id or error code"></label>
${hidden('state', state)}${hidden('sort', order)}<button class="button" type="submit">Search</button></form>`;
}

function nothingFound({ searched }: ImageList, path: string): Markup {
  const text = searched === 0 ? 'The list is being read.' : 'No image matches.';
  return html`<p class="empty">${text} <a class="button quiet" data-view href="${path}">Show all images</a></p>`;
}

function chips(view: View, summary: BatchSummary): Markup {
  const chip = (state: DisplayState | undefined, label: Part, count: number): Markup => {
    const query = viewQuery(omitUndefined({ ...view, state, page: 1 }));
    const isOn = view.state === state;
    return html`<li id="chip-${state ?? 'all'}"><a class="chip" data-view href="${batchPath(summary.batch)}${query}"${isOn ? html` aria-current="true"` : undefined}><span>${label} <b>${formatCount(count)}</b></span></a></li>`;
  };
  const all = stateCounts(summary.counts).map(({ state, count }) =>
    chip(state, stateName(state), count),
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
<tbody>${rows.map((row) => tableRow(row, batch))}</tbody></table>`;
}

function tableRow(row: ImageRow, batch: string): Markup {
  const { error, finishedAt, imageId, jobId, attempt } = row;
  const id = imageId === undefined ? jobId && `IMS job ${jobId}` : `image ${imageId}`;
  const attemptNote =
    attempt > 1 ? html` <small class="attempt">attempt ${attempt}</small>` : undefined;
  const reason = error
    ? html`<small class="reason"><bdi><b>${visible(error.code)}</b> ${visible(error.message)}</bdi></small>`
    : undefined;
  return html`<tr id="image-${row.key}"><th scope="row"><a href="${imagePath(batch, row.key)}"><bdi>${visible(row.name)}</bdi></a>${id === undefined ? undefined : html`<small class="id">${visible(id)}</small>`}${reason}</th>
<td class="state">${stateName(displayStateOf(row))}${progressText(row)}${attemptNote}</td>
<td class="number" data-label="Waited">${spanText(row.waitingMs)}</td>
<td class="number" data-label="In IMS">${spanText(row.inImsMs)}</td>
<td class="number time" data-label="Finished">${finishedAt === undefined ? '–' : utcTime(finishedAt)}</td></tr>`;
}

function progressText({ progress, overdue }: ImageRow): Part {
  if (overdue) return html` <small>for more than a day</small>`;
  return progress === undefined ? undefined : ` ${Math.floor(progress * 100)} %`;
}

function pager(view: View, total: number, path: string): Markup | undefined {
  const pages = pageCount(total);
  if (pages === 1) return undefined;
  const at = Math.min(view.page, pages);
  const link = (page: number, label: string, isActive: boolean): Markup =>
    isActive
      ? html`<a class="button" data-view href="${path}${viewQuery({ ...view, page })}">${label}</a>`
      : html`<span class="button off">${label}</span>`;
  return html`<nav class="pager" aria-label="Pages of the list">${link(1, 'First', at > 1)}${link(at - 1, 'Previous', at > 1)}
<span>Page ${formatCount(at)} of ${formatCount(pages)}</span>${link(at + 1, 'Next', at < pages)}${link(pages, 'Last', at < pages)}</nav>`;
}
