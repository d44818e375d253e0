import type { BatchReport, ImageRow } from '../model/batch-report.ts';
import { formatSpan, utcTime } from '../times.ts';
import { html, type Markup } from './markup.ts';
import { LOOK_ORDER, LOOKS, lookCounts, lookOf, mark, needsAPerson } from './states.ts';
import { timeline } from './timeline.ts';
import { shown, whole } from './wording.ts';

/** Without a script and on paper so many images are listed, and so many in trouble besides. */
const FIRST = 200;
const MOST_TROUBLED = 1000;

/** The list of all images: searched, filtered and sorted by the script, from the page's data. */
export function imageSection(report: BatchReport): Markup {
  return html`<section class="card images" id="images" aria-labelledby="images-title">
<div class="list-head"><h2 id="images-title">Images</h2>
<p class="note scale">Timelines: ${utcTime(report.beganAt)} to ${utcTime(report.beganAt + report.durationMs)} UTC</p>
<ul class="legend"><li><i class="swatch waiting"></i>Waiting</li><li><i class="swatch sending"></i>Sent, unanswered</li><li><i class="swatch ims"></i>In IMS</li></ul></div>
<div class="interactive">${controls(report)}
<table role="table" aria-labelledby="images-title">
<thead role="rowgroup"><tr role="row">${heads()}<th role="columnheader" scope="col"><span class="unseen">Details</span></th></tr></thead>
<tbody role="rowgroup" id="rows"></tbody></table>
<p id="none" class="empty" hidden>No image matches. <button type="button" class="quiet" id="clear">Show all images</button></p>
<nav class="pager" id="pager" aria-label="Pages of the list"><button type="button" id="first">First</button><button type="button" id="previous">Previous</button>
<label>Page <input id="page" type="number" min="1" value="1" inputmode="numeric"></label><span id="pages"></span>
<button type="button" id="next">Next</button><button type="button" id="last">Last</button></nav></div>
${staticList(report)}
</section>`;
}

function controls(report: BatchReport): Markup {
  const chip = (value: string, label: Markup, count: number): Markup =>
    html`<label class="chip"><input type="radio" name="state" value="${value}"${value === '' ? html` checked` : undefined}><span>${label} <b>${whole(count)}</b></span></label>`;
  const chips = lookCounts(report).map(({ look, count }) =>
    chip(String(LOOK_ORDER.indexOf(look)), html`${mark(look)}${LOOKS[look]}`, count),
  );
  const sorts = COLUMNS.map(
    ({ key, label }) =>
      html`<option value="${key}">${key === 'finished' ? 'Finished' : label}</option>`,
  );
  return html`<form class="controls" role="search" aria-label="Images">
<label class="search"><span>Search</span><input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Name, id or error code"></label>
<label class="sort"><span>Sort by</span><select id="sort"><option value="">Order of the manifest</option>${sorts}</select></label>
<fieldset><legend class="unseen">State</legend>${chip('', html`All`, report.total)}${chips}</fieldset>
</form>
<p id="found" class="note" role="status"></p>`;
}

const COLUMNS = [
  { key: 'name', label: 'Name', kind: '' },
  { key: 'state', label: 'State', kind: '' },
  { key: 'finished', label: 'Timeline', kind: 'wide' },
  { key: 'waited', label: 'Waited', kind: 'number' },
  { key: 'ims', label: 'In IMS', kind: 'number' },
] as const;

function heads(): readonly Markup[] {
  return COLUMNS.map(
    ({ key, label, kind }) =>
      html`<th role="columnheader" scope="col" class="${kind}" data-sort="${key}"><button type="button">${label}<span class="arrow" aria-hidden="true"></span></button></th>`,
  );
}

/** What can be read without a script, and what is printed. */
function staticList(report: BatchReport): Markup {
  const rows = staticRows(report.images);
  const left = report.total - rows.length;
  const all = `ims-ferry report ${report.batch} --format csv`;
  const note =
    left === 0
      ? undefined
      : html`<p class="note">Listed here: the first ${whole(FIRST)} images and up to ${whole(MOST_TROUBLED)} more that need attention (${whole(rows.length)} of ${whole(report.total)}). All of them: open this page in a browser with JavaScript, or <code>${shown(all)}</code>.</p>`;
  const body = rows.map((row) => staticRow(row, report));
  return html`<div class="static">${note}<table><thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" class="wide">Timeline</th><th scope="col" class="number">Waited</th><th scope="col" class="number">In IMS</th><th scope="col">Finished (UTC)</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

function staticRows(images: readonly ImageRow[]): readonly ImageRow[] {
  const troubled = images.slice(FIRST).filter((row) => needsAPerson(lookOf(row)));
  return [...images.slice(0, FIRST), ...troubled.slice(0, MOST_TROUBLED)];
}

function staticRow(row: ImageRow, report: BatchReport): Markup {
  const look = lookOf(row);
  const { error, finishedAt } = row;
  const id = row.imageId && html`<small class="id">${shown(row.imageId)}</small>`;
  const note = error
    ? html`<small><bdi>${shown(`${error.code}: ${error.message}`)}</bdi></small>`
    : id;
  const end = finishedAt === undefined ? '–' : utcTime(finishedAt);
  return html`<tr><th scope="row"><bdi>${shown(row.name)}</bdi>${note}</th><td class="state">${mark(look)}${LOOKS[look]}</td><td class="wide">${timeline(row, report, report.generatedAt)}</td><td class="number" data-label="Waited">${span(row.waitingMs)}</td><td class="number" data-label="In IMS">${span(row.inImsMs)}</td><td class="time" data-label="Finished">${end}</td></tr>`;
}

function span(ms: number | undefined): string {
  return ms === undefined ? '–' : formatSpan(ms);
}
