import { differencesText } from '../../../shared/state/story-line.ts';
import { shellQuoted } from '../../../shared/text/shell-quoted.ts';
import { fileWords } from '../../../ui/file-words.ts';
import { capitalised, formatCount, spanText, visible } from '../../../ui/format.ts';
import { type ImageRow, kindText, labelOf } from '../../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../../ui/markup.ts';
import {
  DISPLAY_ORDER,
  DISPLAY_STATES,
  displayStateOf,
  stateCounts,
  stateName,
} from '../../../ui/states.ts';
import { timeTag } from '../../../ui/time.ts';
import type { BatchReport } from '../build-report.ts';

/** Without a script, and on paper: the first images of the list, and more that need attention. */
const MAX_FIRST = 200;
const MAX_NEEDING_ATTENTION = 1000;

/** The list of all images: searched, filtered and sorted by the script, from the page's data. */
export function imageSection(report: BatchReport): Markup {
  return html`<section class="card images" id="images" aria-labelledby="images-title">
<div class="list-head"><h2 id="images-title">Images</h2>
<p class="note">Timelines: ${timeTag(report.beganAt)} to ${timeTag(report.beganAt + report.durationMs)}</p>
<ul class="legend"><li><i class="swatch waiting"></i>Pending</li><li><i class="swatch is-submitting"></i>Submitting</li><li><i class="swatch is-creating"></i>Creating</li></ul></div>
<div class="interactive">${controls(report)}
<table role="table" aria-labelledby="images-title">
<thead role="rowgroup"><tr role="row">${heads()}<th role="columnheader" scope="col"><span class="unseen">Details</span></th></tr></thead>
<tbody role="rowgroup" id="rows"></tbody></table>
<p id="none" class="empty" hidden>No image matches. <button type="button" class="button quiet" id="clear">Show all images</button></p>
<nav class="pager" id="pager" aria-label="Pages of the list"><button type="button" class="button" id="first">First</button><button type="button" class="button" id="previous">Previous</button>
<label>Page <input id="page" type="number" min="1" value="1" inputmode="numeric"></label><span id="pages"></span>
<button type="button" class="button" id="next">Next</button><button type="button" class="button" id="last">Last</button></nav></div>
${staticList(report)}
</section>`;
}

function controls(report: BatchReport): Markup {
  const chip = (value: string, label: Part, count: number): Markup =>
    html`<label class="chip"><input type="radio" name="state" value="${value}"${value === '' ? html` checked` : undefined}><span>${label} <b>${formatCount(count)}</b></span></label>`;
  const chips = stateCounts(report.counts).map(({ state, count }) =>
    chip(String(DISPLAY_ORDER.indexOf(state)), stateName(state), count),
  );
  const sorts = COLUMNS.map(
    ({ key, label }) =>
      html`<option value="${key}">${key === 'finished' ? 'Finished' : label}</option>`,
  );
  return html`<form class="controls" role="search" aria-label="Images">
<label class="search"><span>Search</span><input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Name, source, id or error code"></label>
<label class="sort"><span>Sort by</span><select id="sort"><option value="">Order of the manifest</option>${sorts}</select></label>
<fieldset class="chips"><legend class="unseen">State</legend>${chip('', 'All', report.total)}${chips}</fieldset>
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

/** What is shown without a script, and printed. */
function staticList(report: BatchReport): Markup {
  const { images, total, batch } = report;
  const others = images
    .slice(MAX_FIRST)
    .filter((row) => DISPLAY_STATES[displayStateOf(row)].needsAttention);
  const rows = [...images.slice(0, MAX_FIRST), ...others.slice(0, MAX_NEEDING_ATTENTION)];
  const note =
    rows.length === total
      ? undefined
      : html`<p class="note">Listed here: the first ${formatCount(MAX_FIRST)} images and up to ${formatCount(MAX_NEEDING_ATTENTION)} more that need attention (${formatCount(rows.length)} of ${formatCount(total)}). To see all, open this page in a browser with JavaScript, or run <code>${visible(`ims-ferry report ${shellQuoted(batch)} --format csv`)}</code>.</p>`;
  const body = rows.map((row) => staticRow(row, report));
  return html`<div class="static">${note}<table><thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" class="wide">Timeline</th><th scope="col" class="number">Waited</th><th scope="col" class="number">In IMS</th><th scope="col">Finished</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

function staticRow(row: ImageRow, report: BatchReport): Markup {
  const { error, finishedAt, imageId, osVersion } = row;
  const id = imageId && html`<small class="id">${visible(imageId)}</small>`;
  const note = error
    ? html`<small><bdi>${visible(`${error.code}: ${error.message}`)}</bdi></small>`
    : id;
  const end = finishedAt === undefined ? '–' : timeTag(finishedAt);
  const source = html`<small><bdi>${visible(row.imageUrl)}</bdi></small>`;
  const copy = row.copyOf && html`<small>${visible(kindText(row))}</small>`;
  const system = osVersion && html`<small><bdi>${visible(osVersion)}</bdi></small>`;
  const state = [
    stateName(displayStateOf(row)),
    row.attempt > 1 ? ` (attempt ${row.attempt})` : '',
  ];
  return html`<tr><th scope="row"><bdi>${visible(labelOf(row))}</bdi>${source}${copy}${system}${note}${moreOf(row)}</th><td class="state">${state}</td><td class="wide">${timeline(row, report)}</td><td class="number" data-label="Waited">${spanText(row.waitingMs)}</td><td class="number" data-label="In IMS">${spanText(row.inImsMs)}</td><td class="time" data-label="Finished">${end}</td></tr>`;
}

/** What is to say of its file, and of its image. */
function moreOf({ sharing, differences, file, prunedAt }: ImageRow): Part {
  const small = (text: string): Markup => html`<small><bdi>${visible(text)}</bdi></small>`;
  return [
    file && small(fileWords(file)),
    prunedAt === undefined
      ? undefined
      : html`<small>Its image was pruned: ${timeTag(prunedAt)}</small>`,
    differences.length > 0 ? small(`Not as requested: ${differencesText(differences)}`) : undefined,
    sharing && small(capitalised(sharing.text)),
  ];
}

/** A segment must be this wide to be seen, in per cent. */
const MIN_SEGMENT_PERCENT = 0.6;

/** Pending, submitting, creating, and the outcome: one bar on the time axis of the batch. */
function timeline(row: ImageRow, report: BatchReport): Markup {
  const { registeredAt, submittedAt, acceptedAt, finishedAt } = row;
  const end = finishedAt ?? report.generatedAt;
  const submitted = submittedAt ?? end;
  const accepted = submittedAt === undefined ? end : (acceptedAt ?? end);
  const percent = (time: number): number =>
    Math.min(100, Math.max(0, (100 * (time - report.beganAt)) / Math.max(1, report.durationMs)));
  const segment = (style: string, from: number, to: number): Part => {
    if (to <= from) return undefined;
    const x = percent(from);
    const width = Math.max(MIN_SEGMENT_PERCENT, percent(to) - x);
    return html`<rect class="${style}" x="${Math.min(x, 100 - MIN_SEGMENT_PERCENT).toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"/>`;
  };
  const state = displayStateOf(row);
  const outcome =
    finishedAt === undefined
      ? undefined
      : html`<use href="#mark-${state}" class="is-${state}" x="${percent(finishedAt).toFixed(2)}%" y="-1" width="12" height="12" transform="translate(-6 0)"/>`;
  return html`<svg class="timeline" aria-hidden="true">${segment('waiting', registeredAt, submitted)}${segment('is-submitting', submitted, accepted)}${segment('is-creating', accepted, end)}${outcome}</svg>`;
}
