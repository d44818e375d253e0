import type { BatchReport } from '../model/batch-report.ts';
import { formatRate, formatSpan, utcTime } from '../times.ts';
import { html, type Markup, type Part } from './markup.ts';
import { LOOKS, type Look, lookCounts, mark, needsAPerson } from './states.ts';
import { shown, whole } from './wording.ts';

/** What it is, and how it went, in one glance. */
export function header(report: BatchReport): Markup {
  const { beganAt, endedAt, generatedAt } = report;
  const ended = endedAt === undefined ? 'Not finished' : `${utcTime(endedAt)} UTC`;
  const { look, text } = headline(report);
  return html`<header class="top">
<p class="kicker">Import report</p>
<h1><bdi>${shown(report.batch)}</bdi></h1>
<p class="outcome is-${look}">${mark(look)}<span>${text}</span></p>
<dl class="facts">
<div><dt>Began</dt><dd>${utcTime(beganAt)} UTC</dd></div>
<div><dt>Ended</dt><dd>${ended}</dd></div>
<div><dt>Report made</dt><dd>${utcTime(generatedAt)} UTC</dd></div>
</dl>
</header>`;
}

function headline(report: BatchReport): { readonly look: Look; readonly text: string } {
  const { counts, total, isPaused } = report;
  const troubled = counts.failed + counts.unknown + counts.cancelled;
  switch (report.outcome) {
    case 'succeeded':
      return { look: 'succeeded', text: `All ${whole(total, 'image')} imported` };
    case 'troubled':
      return {
        look: counts.failed > 0 || counts.held === 0 ? 'failed' : 'held',
        text: `${whole(troubled)} of ${whole(total, 'image')} not imported`,
      };
    case 'unfinished': {
      const done = whole(counts.succeeded);
      const paused = isPaused ? ' (paused)' : '';
      return {
        look: 'creating',
        text: `In progress${paused}: ${done} of ${whole(total, 'image')} imported`,
      };
    }
  }
}

/** The figures. */
export function tiles(report: BatchReport): Markup {
  const { counts, total, perHour, waiting, inIms } = report;
  const share = total === 0 ? 0 : Math.floor((counts.succeeded / total) * 1000) / 10;
  const open = counts.pending + counts.submitting + counts.creating;
  const troubled = counts.failed + counts.unknown + counts.cancelled;
  const within = (p95: number): string => `95 % within ${formatSpan(p95)}`;
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', whole(counts.succeeded), `of ${whole(total)} · ${share} %`)}
${tile('Not imported', whole(troubled), troubles(report))}
${open > 0 ? tile('Still open', whole(open), `${whole(counts.pending)} waiting`) : undefined}
${tile('Took', formatSpan(report.durationMs), report.endedAt === undefined ? 'so far' : 'start to finish')}
${tile('Throughput', perHour === undefined ? '–' : formatRate(perHour), 'images an hour')}
${tile('Waited', waiting ? formatSpan(waiting.median) : '–', waiting ? `median · ${within(waiting.p95)}` : 'nothing submitted')}
${tile('In IMS', inIms ? formatSpan(inIms.median) : '–', inIms ? `median · ${within(inIms.p95)}` : 'nothing accepted')}
</section>`;
}

/** One figure with its name and what it means. */
export function tile(label: string, value: string, note: string): Markup {
  return html`<div class="tile"><h2>${label}</h2><p class="value">${value}</p><p class="note">${note}</p></div>`;
}

function troubles(report: BatchReport): string {
  const words = lookCounts(report)
    .filter(({ look }) => needsAPerson(look))
    .map(({ look, count }) => `${whole(count)} ${LOOKS[look].toLowerCase()}`);
  return words.length === 0 ? 'no failures' : words.join(' · ');
}

/** One bar of all images by state, and its legend. */
export function stateBar(report: BatchReport): Markup {
  return html`<section class="card states" aria-labelledby="states-title">
<h2 id="states-title">Images by state</h2>
${bar(report)}
${legend(report)}
</section>`;
}

type Counted = Pick<BatchReport, 'counts' | 'total'>;

/** Drawn for the eye; the legend says the same in words. */
export function bar(counted: Counted): Markup {
  const bars: Part[] = [];
  let x = 0;
  for (const { look, count } of lookCounts(counted)) {
    const width = (100 * count) / Math.max(1, counted.total);
    bars.push(
      html`<rect class="is-${look}" x="${x.toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`,
    );
    x += width;
  }
  return html`<svg class="bar" aria-hidden="true">${bars}</svg>`;
}

export function legend(counted: Counted): Markup {
  const items = lookCounts(counted).map(
    ({ look, count }) =>
      html`<li>${mark(look)}<span>${LOOKS[look]}</span> <b>${whole(count)}</b></li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}
