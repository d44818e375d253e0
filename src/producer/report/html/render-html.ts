import { createHash } from 'node:crypto';
import { shellQuoted } from '../../../shared/text/shell-quoted.ts';
import { formatCount, formatSpan, rateText, visible } from '../../../ui/format.ts';
import type { ImageRow } from '../../../ui/image-row.ts';
import { marksTiles } from '../../../ui/marks-tiles.ts';
import { html, type Markup, trusted } from '../../../ui/markup.ts';
import {
  adviceText,
  type Failure,
  failureSection,
  htmlPage,
  pageHead,
  percentOf,
  readAsset,
  readStyles,
  tile,
} from '../../../ui/page.ts';
import { retentionText } from '../../../ui/retention-words.ts';
import {
  attentionCount,
  attentionTexts,
  DISPLAY_STATES,
  displayStateOf,
  headlineOf,
  stateIcon,
  stateSection,
} from '../../../ui/states.ts';
import { timeTag } from '../../../ui/time.ts';
import type { BatchReport, FailureGroup } from '../build-report.ts';
import { charts } from './charts.ts';
import { imageSection } from './image-list.ts';
import { pageData } from './page-data.ts';

/** Marks the page, before anything is drawn, as one whose list the script will fill. */
const HAS_SCRIPT = "document.documentElement.classList.add('js')";

const STYLES = ['report', 'print'] as const;

/**
 * The report as a single page that loads nothing: style, script and data are part of it, and its
 * policy allows exactly these.
 */
export function renderHtml(report: BatchReport): string {
  const style = readStyles(STYLES.map((name) => new URL(`style/${name}.css`, import.meta.url)));
  const script = readAsset(new URL('script/list.js', import.meta.url));
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(HAS_SCRIPT)} ${hashOf(script)}`,
    // Only the empty icon: without one a browser requests /favicon.ico.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return htmlPage({
    title: `${report.batch} – import report`,
    head: html`<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<script>${trusted(HAS_SCRIPT)}</script>
<style>${trusted(style)}</style>`,
    skip: { to: 'images', label: 'Skip to the list of images' },
    body: html`<header>${head(report)}</header>
<main>
${tiles(report)}
${stateSection(report)}
${failures(report)}
${charts(report)}
${slowest(report)}
${imageSection(report)}
</main>
<footer><p>Made by <b>ims-ferry</b>. <span id="zone">All times are UTC.</span> This page loads nothing from other places.</p></footer>
<script type="application/json" id="data">${trusted(pageData(report))}</script>
<script>${trusted(script)}</script>`,
  });
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Which batch it was, and its outcome at a glance. */
function head(report: BatchReport): Markup {
  const { batch, beganAt, endedAt, generatedAt, notify, retention } = report;
  const newest = retentionText(retention);
  return pageHead({
    kicker: 'Import report',
    title: batch,
    headline: headlineOf(report),
    facts: [
      ['Began', timeTag(beganAt)],
      ['Ended', endedAt === undefined ? 'Not finished' : timeTag(endedAt)],
      ['Report made', timeTag(generatedAt)],
      ['Notified', notify === undefined ? undefined : html`<bdi>${visible(notify)}</bdi>`],
      ['Retention', newest && html`<bdi>prune keeps ${visible(newest)}</bdi>`],
    ],
  });
}

function tiles(report: BatchReport): Markup {
  const { counts, total, perHour, waiting, inIms, marks } = report;
  const troubled = attentionCount(counts);
  const open = total - counts.succeeded - troubled;
  const within = (p95: number): string => `95 % within ${formatSpan(p95)}`;
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', formatCount(counts.succeeded), `of ${formatCount(total)} · ${percentOf(counts.succeeded, total)}`)}
${tile('Not imported', formatCount(troubled), troubled === 0 ? 'no failures' : attentionTexts(counts).join(' · '))}
${open > 0 ? tile('Still open', formatCount(open), `${formatCount(counts.pending)} pending`) : undefined}
${tile('Took', formatSpan(report.durationMs), report.endedAt === undefined ? 'so far' : 'start to finish')}
${tile('Rate', perHour === undefined ? '–' : rateText(perHour / 60), 'imported, over the whole time')}
${tile('Waited', waiting ? formatSpan(waiting.median) : '–', waiting ? `median · ${within(waiting.p95)}` : 'nothing submitted')}
${tile('In IMS', inIms ? formatSpan(inIms.median) : '–', inIms ? `median · ${within(inIms.p95)}` : 'nothing accepted')}
${marksTiles(marks)}
</section>`;
}

const MAX_NAMES = 8;

function failures({ batch, failures: groups }: BatchReport): Markup | undefined {
  const retry = html`<p class="next note">Once the causes are fixed, retry the failed images: <code>ims-ferry retry ${visible(shellQuoted(batch))}</code></p>`;
  const isRetryable = groups.some(({ state }) => state === 'failed');
  return failureSection(groups.map(failureOf), isRetryable ? retry : undefined);
}

function failureOf(group: FailureGroup): Failure {
  const { message, advice, count, labels } = group;
  const code = visible(group.code);
  const some = labels
    .slice(0, MAX_NAMES)
    .map((label) => html`<li><bdi>${visible(label)}</bdi></li>`);
  const rest = count - some.length;
  return {
    ...group,
    state: displayStateOf(group),
    buttons: html`<button type="button" class="button quiet needs-script" data-show="${code}" aria-label="Show in list: ${code}">Show in list</button>`,
    details: html`<p class="message"><bdi>${visible(message)}</bdi></p>
${adviceText(advice)}
<ul class="names" aria-label="Images">${some}${rest > 0 ? html`<li class="rest">and ${formatCount(rest)} more</li>` : undefined}</ul>
`,
  };
}

/** The images that took IMS longest, as bars on one scale. */
function slowest({ slowest: rows }: BatchReport): Markup | undefined {
  const longest = rows[0]?.inImsMs ?? 0;
  if (rows.length < 2 || longest === 0) return undefined;
  return html`<section class="card" aria-labelledby="slowest-title">
<h2 id="slowest-title">Slowest images</h2>
<p class="note">Time in IMS, from accepted to finished.</p>
<ol class="slowest" role="list">${rows.map((row) => slowImage(row, longest))}</ol>
</section>`;
}

function slowImage(row: ImageRow, longest: number): Markup {
  const state = displayStateOf(row);
  const took = row.inImsMs ?? 0;
  const width = ((100 * took) / longest).toFixed(2);
  const soFar = row.finishedAt === undefined ? ' so far' : '';
  return html`<li>
<span class="name">${stateIcon(state)}<span class="unseen">${DISPLAY_STATES[state].label}: </span><bdi>${visible(row.name)}</bdi></span>
<span>${formatSpan(took)}${soFar}</span>
<svg class="meter" aria-hidden="true"><rect class="is-creating" width="${width}%" height="100%"/></svg>
</li>`;
}
