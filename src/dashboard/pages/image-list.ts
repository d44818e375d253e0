import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatCount } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { type DisplayState, stateCounts, stateName } from '../../ui/states.ts';
import { batchPath } from '../addresses.ts';
import { PAGE_SIZE, pageCount, type View, viewQuery } from '../live/view.ts';
import { imageTable, type ListedImage } from './image-table.ts';
import { pagerOf } from './list-parts.ts';
import type { Viewer } from './page-frame.ts';

/** One page of the images of a batch. */
export interface ImageList {
  readonly view: View;
  readonly rows: readonly ListedImage[];
  /** On all pages. */
  readonly total: number;
  /** Images searched so far; fewer than the batch has while it is still being read. */
  readonly searched: number;
}

export function imageList(list: ImageList, summary: BatchSummary, viewer: Viewer): Markup {
  const { rows, total, view } = list;
  const path = batchPath(summary.batch);
  const linkTo = (page: number): string => `${path}${viewQuery({ ...view, page })}`;
  const { batch } = summary;
  return html`<section class="card images list" id="list" aria-labelledby="images-title">
<div class="list-head"><h2 id="images-title">Images</h2><p class="note" id="found">${foundText(list, summary)}</p></div>
${searchForm(path, view)}
${chips(view, summary)}
${rows.length === 0 ? nothingFound(list, path) : imageTable({ batch, rows, view, viewer })}
${pagerOf(Math.min(view.page, pageCount(total)), pageCount(total), linkTo)}
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
function searchForm(path: string, { state, code, sort, isDescending, search }: View): Markup {
  const order = sort === undefined ? undefined : `${isDescending ? '-' : ''}${sort}`;
  const hidden = (name: string, value: string | undefined): Part =>
    html`<input type="hidden" name="${name}" value="${value ?? ''}">`;
  return html`<form class="controls" role="search" aria-label="Images" action="${path}" method="get" id="search" data-keep>
<label class="search"><span>Search</span><input type="search" name="q" value="${search}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="Name, source, id or code"></label>
${hidden('state', state)}${hidden('code', code)}${hidden('sort', order)}<button class="button" type="submit">Search</button></form>`;
}

function nothingFound({ searched }: ImageList, path: string): Markup {
  const text = searched === 0 ? 'The list is being read.' : 'No image matches.';
  return html`<p class="empty">${text} <a class="button quiet" data-view href="${path}">Show all images</a></p>`;
}

function chips(view: View, summary: BatchSummary): Markup {
  const linkTo = (next: View): string => `${batchPath(summary.batch)}${viewQuery(next)}`;
  const { code, ...withoutCode } = view;
  const chip = (state: DisplayState | undefined, label: Part, count: number): Markup => {
    const next = omitUndefined({ ...withoutCode, state, page: 1 });
    return html`<li><a class="chip" data-view href="${linkTo(next)}"${view.state === state ? html` aria-current="true"` : undefined}><span>${label} <b>${formatCount(count)}</b></span></a></li>`;
  };
  const all = stateCounts(summary.counts).map(({ state, count }) =>
    chip(state, stateName(state), count),
  );
  const only =
    code === undefined
      ? undefined
      : html`<li><a class="chip" data-view href="${linkTo({ ...withoutCode, page: 1 })}" aria-current="true"><span>${codeTag(code)} <span class="unseen">shown only; show all codes</span><span aria-hidden="true">×</span></span></a></li>`;
  return html`<ul class="chips" aria-label="State">${chip(undefined, 'All', summary.total)}${all}${only}</ul>`;
}
