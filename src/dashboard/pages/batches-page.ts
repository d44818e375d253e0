import type { BatchView } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { mark } from '../../producer/report/html/states.ts';
import { bar, legend, tile } from '../../producer/report/html/summary-sections.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import { formatSpan } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { batchPath, reportPath } from './addresses.ts';
import { stateOf } from './batch-state.ts';
import type { Viewer } from './page-frame.ts';
import { othersBanner, paceText, stopBanner, troubleList } from './parts.ts';

const PER_PAGE = 50;

/** All batches: those under way first, then the latest. */
export function batchesPart(snapshot: Snapshot, viewer: Viewer, page: number): Markup {
  const all = sorted(snapshot.batches);
  const pages = Math.max(1, Math.ceil(all.length / PER_PAGE));
  const at = Math.min(page, pages);
  const some = all.slice((at - 1) * PER_PAGE, at * PER_PAGE);
  return html`<h1>Batches</h1>
${stopBanner(snapshot.stop, viewer)}
${othersBanner(snapshot.others)}
${all.length === 0 ? emptyState() : tiles(snapshot)}
<ul class="batches">${some.map((view) => batchCard(view, snapshot))}</ul>
${pages > 1 ? pager(at, pages) : undefined}`;
}

function sorted(views: readonly BatchView[]): readonly BatchView[] {
  const latest = views.toReversed();
  const open = latest.filter(({ summary }) => !isFinished(summary));
  return [...open, ...latest.filter(({ summary }) => isFinished(summary))];
}

function emptyState(): Markup {
  return html`<section class="card nothing"><h2>There is no batch yet</h2>
<p>A batch begins with a manifest: a YAML file that lists images.</p>
<pre><code>ims-ferry submit images.yaml</code></pre>
<p class="note">It shows up here by itself.</p></section>`;
}

function tiles(snapshot: Snapshot): Markup {
  const { batches, inFlight, limit, oldestUnknown: oldest, at } = snapshot;
  const open = batches.filter(({ summary }) => !isFinished(summary));
  const sum = (of: (summary: BatchSummary) => number): number =>
    batches.reduce((total, { summary }) => total + of(summary), 0);
  const waiting = sum(({ counts }) => counts.pending);
  const failed = sum(({ counts }) => counts.failed);
  const held = sum(({ counts }) => counts.held);
  const rate = open.reduce((total, { perMinute }) => total + (perMinute ?? 0), 0);
  return html`<section class="tiles" aria-label="Figures">
${tile('In flight', whole(inFlight), limit === undefined ? 'images that IMS works on' : `of ${whole(limit)} at once`)}
${tile('Waiting', whole(waiting), open.length === 1 ? 'in 1 open batch' : `in ${whole(open.length)} open batches`)}
${tile('Pace', open.some(({ perMinute }) => perMinute !== undefined) ? whole(Math.round(rate)) : '–', 'images a minute')}
${tile('Failed', whole(failed), failed === 0 ? 'nothing to mend' : 'to be looked at')}
${tile('Held for you', whole(held), held === 0 ? 'nothing to decide' : 'to be decided')}
${tile('Oldest unknown', oldest ? formatSpan(at - oldest.since) : '–', oldest ? shown(oldest.entry.request.name).slice(0, 60) : 'every answer is known')}
</section>`;
}

function batchCard(view: BatchView, { at, unknownSince }: Snapshot): Markup {
  const { summary } = view;
  const { batch, total } = summary;
  const { look, text } = stateOf(summary);
  const since = unknownSince.get(batch);
  const age = since === undefined ? undefined : html` · unknown for ${formatSpan(at - since)}`;
  const path = batchPath(batch);
  return html`<li class="card batch" id="batch-${encodeURIComponent(batch)}">
<div class="batch-head"><h2><a href="${path}"><bdi>${shown(batch)}</bdi></a></h2>
<p class="batch-state">${mark(look)}<span>${text}</span></p></div>
${bar(summary)}
${legend(summary)}
<p class="note">${whole(total, 'image')}${paceText(view)}${age}</p>
${troubleList(summary, path, 3)}
<p class="links"><a href="${path}">Images<span class="unseen"> of ${shown(batch)}</span></a><a href="${reportPath(batch)}">Report<span class="unseen"> of ${shown(batch)}</span></a></p>
</li>`;
}

function pager(at: number, pages: number): Markup {
  const to = (page: number): string => (page === 1 ? '/' : `/?page=${page}`);
  return html`<nav class="pager" aria-label="Pages of the list">
${at > 1 ? html`<a class="button" rel="prev" href="${to(at - 1)}">Previous</a>` : undefined}
<span>Page ${at} of ${pages}</span>
${at < pages ? html`<a class="button" rel="next" href="${to(at + 1)}">Next</a>` : undefined}
</nav>`;
}
