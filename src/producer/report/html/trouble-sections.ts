import type { BatchReport, FailureGroup, ImageRow } from '../model/batch-report.ts';
import { formatSpan } from '../times.ts';
import { html, type Markup } from './markup.ts';
import { LOOKS, lookOf, mark } from './states.ts';
import { shown, whole } from './wording.ts';

const NAMES_SHOWN = 8;
const GROUPS_SHOWN = 50;

/** What went wrong, by code, and what to do. Nothing when all is well. */
export function failures({ batch, failures: groups }: BatchReport): Markup | undefined {
  if (groups.length === 0) return undefined;
  const more = groups.length - GROUPS_SHOWN;
  return html`<section class="card" aria-labelledby="failures-title">
<h2 id="failures-title">What needs attention</h2>
<ul class="failures">${groups.slice(0, GROUPS_SHOWN).map(failure)}</ul>
${groups.some(({ state }) => state === 'failed') ? retryNote(batch) : undefined}
${more > 0 ? html`<p class="note">${whole(more, 'more code')}, in the list below.</p>` : undefined}
</section>`;
}

function retryNote(batch: string): Markup {
  return html`<p class="next">When the causes are mended, this tries what failed again: <code>ims-ferry retry ${shown(batch)}</code></p>`;
}

function failure(group: FailureGroup): Markup {
  const { code, message, advice, count, names } = group;
  const look = lookOf(group);
  const some = names.slice(0, NAMES_SHOWN).map((name) => html`<li><bdi>${shown(name)}</bdi></li>`);
  const rest = count - some.length;
  return html`<li>
<div class="failure-head">${mark(look)}<h3><code>${shown(code)}</code></h3><span class="count">${whole(count, 'image')} ${LOOKS[look].toLowerCase()}</span>
<button type="button" class="quiet needs-script" data-show="${shown(code)}" aria-label="Show in list: ${shown(code)}">Show in list</button></div>
<p class="message"><bdi>${shown(message)}</bdi></p>
<p class="advice"><b>What to do</b> <bdi>${shown(advice)}</bdi></p>
<ul class="names" aria-label="Images">${some}${rest > 0 ? html`<li class="rest">and ${whole(rest)} more</li>` : undefined}</ul>
</li>`;
}

/** Those that IMS took longest for, as bars of one scale. */
export function slowest({ slowest: rows }: BatchReport): Markup | undefined {
  const most = rows[0]?.inImsMs ?? 0;
  if (rows.length < 2 || most === 0) return undefined;
  return html`<section class="card" aria-labelledby="slowest-title">
<h2 id="slowest-title">Slowest images</h2>
<p class="note">Time in IMS, from accepted to finished.</p>
<ol class="slowest" role="list">${rows.map((row) => slow(row, most))}</ol>
</section>`;
}

function slow(row: ImageRow, most: number): Markup {
  const look = lookOf(row);
  const took = row.inImsMs ?? 0;
  const width = ((100 * took) / most).toFixed(2);
  const soFar = row.finishedAt === undefined ? ' so far' : '';
  return html`<li>
<span class="name">${mark(look)}<span class="unseen">${LOOKS[look]}: </span><bdi>${shown(row.name)}</bdi></span>
<span class="took">${formatSpan(took)}${soFar}</span>
<svg class="meter" aria-hidden="true"><rect class="ims" width="${width}%" height="100%"/></svg>
</li>`;
}
