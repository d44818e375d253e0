import { codeTag } from '../../ui/code-tag.ts';
import { capitalised, spanText, visible } from '../../ui/format.ts';
import { imageNotes } from '../../ui/image-notes.ts';
import { type ImageRow, labelOf } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { displayStateOf, stateName } from '../../ui/states.ts';
import { timeTag } from '../../ui/time.ts';
import { batchPath, imagePath } from '../addresses.ts';
import { type Sort, type View, viewQuery } from '../live/view.ts';
import { type ImageAction, imageActions } from './image-actions.ts';
import { sortHead } from './list-parts.ts';
import type { Viewer } from './page-frame.ts';

/** An image of the list. */
export interface ListedImage {
  readonly row: ImageRow;
  readonly source: string;
  /** The state version that is shown: an action on the selection holds for no other. */
  readonly version: string;
}

const COLUMNS: readonly { readonly sort: Sort; readonly label: string; readonly kind: string }[] = [
  { sort: 'name', label: 'Name', kind: '' },
  { sort: 'source', label: 'Source', kind: '' },
  { sort: 'state', label: 'State', kind: '' },
  { sort: 'code', label: 'Code', kind: '' },
  { sort: 'waited', label: 'Waited', kind: 'number' },
  { sort: 'ims', label: 'In IMS', kind: 'number' },
  { sort: 'finished', label: 'Finished', kind: 'number' },
];

interface ImageTable {
  readonly batch: string;
  readonly rows: readonly ListedImage[];
  readonly view: View;
  readonly viewer: Viewer;
}

/** The rows can be selected where something can be done with them. */
export function imageTable({ batch, rows, view, viewer }: ImageTable): Markup {
  const possible = new Set(rows.flatMap(({ row }) => imageActions(row, viewer)));
  const canSelect = possible.size > 0;
  const heads = COLUMNS.map((column) => {
    const isOn = view.sort === column.sort;
    const next = { ...view, sort: column.sort, isDescending: isOn && !view.isDescending, page: 1 };
    return sortHead(column, { isOn, ...view }, `${batchPath(batch)}${viewQuery(next)}`);
  });
  const lines = rows.map((one) => tableRow(one, { batch, viewer, canSelect }));
  const table = html`<table aria-labelledby="images-title"><thead><tr>${canSelect ? html`<th scope="col" class="pick"><span class="unseen">Select</span></th>` : undefined}${heads}</tr></thead>
<tbody>${lines}</tbody></table>`;
  if (!canSelect) return table;
  return html`<form id="selection" method="get" action="${batchPath(batch)}/retry"><input type="hidden" name="selected" value="1">
${selectionBar(batch, possible)}
${table}</form>`;
}

const LABELS: Readonly<Record<ImageAction, string>> = {
  retry: 'Retry',
  resolve: 'Resolve',
  cancel: 'Cancel',
};

function selectionBar(batch: string, possible: ReadonlySet<ImageAction>): Markup {
  const buttons = [...possible].map(
    (action) =>
      html`<button class="button quiet ${action === 'cancel' ? 'grave' : 'act'}" type="submit" formaction="${batchPath(batch)}/${action}" data-does="${action}">${LABELS[action]}<span class="picked"> selected</span>…</button>`,
  );
  return html`<p class="selection" id="selection-bar"><label class="pick needs-script"><input type="checkbox" id="pick-all"> All on this page</label>${buttons}<span class="note" id="picked" role="status">Select images to act on them.</span></p>`;
}

interface RowPlace {
  readonly batch: string;
  readonly viewer: Viewer;
  readonly canSelect: boolean;
}

function tableRow(
  { row, source, version }: ListedImage,
  { batch, viewer, canSelect }: RowPlace,
): Markup {
  const { error, finishedAt, imageId, jobId, attempt } = row;
  const id = imageId === undefined ? jobId && `IMS job ${jobId}` : `image ${imageId}`;
  const attemptNote =
    attempt > 1 ? html` <small class="attempt">attempt ${attempt}</small>` : undefined;
  const reason = error && html`<small class="reason"><bdi>${visible(error.message)}</bdi></small>`;
  const notes = imageNotes(row).map(
    (text) => html`<small class="reason"><bdi>${visible(capitalised(text))}</bdi></small>`,
  );
  const actions = imageActions(row, viewer);
  const box =
    actions.length === 0
      ? undefined
      : html`<input type="checkbox" name="on" value="${row.key}@${version}" data-can="${actions.join(' ')}" aria-label="Select ${visible(row.name)}">`;
  return html`<tr id="image-${row.key}">${canSelect ? html`<td class="pick">${box}</td>` : undefined}<th scope="row"><a href="${imagePath(batch, row.key)}"><bdi>${visible(labelOf(row))}</bdi></a>${id === undefined ? undefined : html`<small class="id">${visible(id)}</small>`}${reason}${notes}</th>
<td class="source" data-label="Source"><bdi>${visible(source)}</bdi></td>
<td class="state">${stateName(displayStateOf(row))}${progressText(row)}${attemptNote}</td>
<td class="code" data-label="Code">${error === undefined ? html`<span class="none">–</span>` : codeTag(error.code)}</td>
<td class="number" data-label="Waited">${spanText(row.waitingMs)}</td>
<td class="number" data-label="In IMS">${spanText(row.inImsMs)}</td>
<td class="number time" data-label="${row.held ? 'Held since' : 'Finished'}">${finishedAt === undefined ? '–' : timeTag(finishedAt, 'short')}</td></tr>`;
}

function progressText({ progress, overdue }: ImageRow): Part {
  if (overdue) return html` <small>for more than a day</small>`;
  return progress === undefined ? undefined : ` ${Math.floor(progress * 100)} %`;
}
