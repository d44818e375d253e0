import type { BatchView } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { formatCount, formatRate, formatSpan, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { tile } from '../../ui/page.ts';
import { headlineOf, stateBar, stateIcon, stateLegend } from '../../ui/states.ts';
import { batchPath, reportPath } from '../addresses.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { failureQuery, PAGE_SIZE, pageCount } from '../live/view.ts';
import type { Viewer } from './page-frame.ts';
import { othersBanner, stopBanner } from './parts.ts';

/** All batches: unfinished ones first, then the latest. */
export function batchesPart(snapshot: Snapshot, viewer: Viewer, page: number): Markup {
  const all = sorted(snapshot.batches);
  const pages = pageCount(all.length);
  const at = Math.min(page, pages);
  const some = all.slice((at - 1) * PAGE_SIZE, at * PAGE_SIZE);
  return html`<h1>Batches</h1>
${stopBanner(snapshot.stop, viewer)}
${othersBanner(snapshot.others)}
${all.length === 0 ? emptyState() : tiles(snapshot)}
<ul class="batches">${some.map((view) => batchCard(view, snapshot))}</ul>
${pages > 1 ? pager(at, pages) : undefined}`;
}

function sorted(views: readonly BatchView[]): readonly BatchView[] {
  const rank = ({ summary }: BatchView): number => Number(isFinished(summary));
  return views.toReversed().sort((a, b) => rank(a) - rank(b));
}

function emptyState(): Markup {
  return html`<section class="card nothing"><h2>There is no batch yet</h2>
<p>A batch starts with a manifest: a YAML file that lists images.</p>
<pre><code>ims-ferry submit images.yaml</code></pre>
<p class="note">It appears here by itself.</p></section>`;
}

function tiles(snapshot: Snapshot): Markup {
  const { batches, inFlight, limit, oldestUnknown: oldest, at } = snapshot;
  const open = batches.filter(({ summary }) => !isFinished(summary));
  const sum = (of: (summary: BatchSummary) => number): number =>
    batches.reduce((total, { summary }) => total + of(summary), 0);
  const failed = sum(({ counts }) => counts.failed);
  const held = sum(({ counts }) => counts.held);
  const rate = open.reduce((total, { perMinute }) => total + (perMinute ?? 0), 0);
  const pace = open.some(({ perMinute }) => perMinute !== undefined)
    ? formatCount(Math.round(rate))
    : '–';
  const oldestName = oldest && visible(oldest.entry.request.name).slice(0, 60);
  return html`<section class="tiles" aria-label="Figures">
${tile('In flight', formatCount(inFlight), limit === undefined ? 'images in IMS' : `of ${formatCount(limit)} at once`)}
${tile('Pending', formatCount(sum(({ counts }) => counts.pending)), `in ${formatCount(open.length, 'open batch', 'open batches')}`)}
${tile('Pace', pace, 'images a minute')}
${tile('Failed', formatCount(failed), failed === 0 ? 'nothing to fix' : 'see the codes below')}
${tile('Unknown (held)', formatCount(held), held === 0 ? 'nothing to decide' : 'waiting for your decision')}
${tile('Oldest unknown', oldest ? formatSpan(at - oldest.since) : '–', oldestName ?? 'none')}
</section>`;
}

function batchCard(view: BatchView, { at, unknownSince }: Snapshot): Markup {
  const { summary } = view;
  const { batch, total } = summary;
  const { state, text } = headlineOf(summary);
  const since = unknownSince.get(batch);
  const age = since === undefined ? undefined : html` · unknown for ${formatSpan(at - since)}`;
  const path = batchPath(batch);
  return html`<li class="card batch" id="batch-${encodeURIComponent(batch)}">
<div class="batch-head"><h2><a href="${path}"><bdi>${visible(batch)}</bdi></a></h2>
<p class="batch-state">${stateIcon(state)}<span>${text}</span></p></div>
${stateBar(summary)}
${stateLegend(summary)}
<p class="note">${formatCount(total, 'image')}${paceText(view)}${age}</p>
${failureLinks(summary, path)}
<p class="links"><a href="${path}">Images<span class="unseen"> of ${visible(batch)}</span></a><a href="${reportPath(batch)}">Report<span class="unseen"> of ${visible(batch)}</span></a></p>
</li>`;
}

/** ` · 12 a minute · 3h 20m left`, as far as it is known. */
function paceText({ summary, perMinute, etaMs }: BatchView): string {
  const parts = [];
  if (perMinute !== undefined) parts.push(`${formatRate(perMinute)} a minute`);
  if (etaMs !== undefined && !summary.isPaused) parts.push(`${formatSpan(etaMs)} left`);
  return parts.map((part) => ` · ${part}`).join('');
}

const MAX_CODES = 3;

/** Failures by code, each a link to its images. */
function failureLinks({ troubles }: BatchSummary, path: string): Markup | undefined {
  if (troubles.length === 0) return undefined;
  const items = troubles.slice(0, MAX_CODES).map((failure) => {
    const { kind, code, count } = failure;
    return html`<li><a class="trouble" href="${path}${failureQuery(failure)}">${stateIcon(kind)}<code>${visible(code)}</code> <b>${formatCount(count)}</b></a></li>`;
  });
  const rest = troubles.length - items.length;
  return html`<ul class="troubles" aria-label="Failures by code">${items}${rest > 0 ? html`<li class="note">and ${formatCount(rest, 'more code')}</li>` : undefined}</ul>`;
}

function pager(at: number, pages: number): Markup {
  const to = (page: number): string => (page === 1 ? '/' : `/?page=${page}`);
  return html`<nav class="pager" aria-label="Pages of the list">
${at > 1 ? html`<a class="button" rel="prev" href="${to(at - 1)}">Previous</a>` : undefined}
<span>Page ${at} of ${pages}</span>
${at < pages ? html`<a class="button" rel="next" href="${to(at + 1)}">Next</a>` : undefined}
</nav>`;
}
