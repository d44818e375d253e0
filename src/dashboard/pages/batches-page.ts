import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatCount, formatSpan, rateText, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { tile } from '../../ui/page.ts';
import { stateIcon } from '../../ui/states.ts';
import { batchPath } from '../addresses.ts';
import {
  type BatchListView,
  batchListQuery,
  type CodeCount,
  failuresByCode,
} from '../live/batch-list.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { failureQuery } from '../live/view.ts';
import { batchTable } from './batch-table.ts';
import { doneCell } from './done-text.ts';
import { emptyState, type Inbox } from './empty-state.ts';
import { historySection } from './history-charts.ts';
import type { Viewer } from './page-frame.ts';
import { obstacleStrip } from './strip.ts';

/** Everything that the first page shows. */
interface BatchesPage {
  readonly snapshot: Snapshot;
  readonly viewer: Viewer;
  readonly view: BatchListView;
  /** Where manifests are taken from, if this process knows it. */
  readonly inbox?: Inbox;
}

/** The whole project: why it is slow, figures, failures, charts, and all batches. */
export function batchesPart({ snapshot, viewer, view, inbox }: BatchesPage): Markup {
  const { batches, history, at } = snapshot;
  const linkTo = (range: BatchListView['range']): string =>
    `/${batchListQuery({ ...view, range })}`;
  return html`<h1>Batches</h1>
${obstacleStrip(snapshot, viewer)}
${batches.length === 0 ? emptyState(inbox) : tiles(snapshot)}
${failures(snapshot)}
${historySection({ points: history, range: view.range, now: at, linkTo })}
${batches.length === 0 ? undefined : batchTable(snapshot, view)}`;
}

function tiles(snapshot: Snapshot): Markup {
  const { batches, outlook, oldestUnknown: oldest, at } = snapshot;
  const { project, inFlight, limit } = outlook;
  const end = doneCell(project.done);
  const open = batches.filter((summary) => !isFinished(summary));
  const sum = (of: (summary: BatchSummary) => number): number =>
    batches.reduce((total, summary) => total + of(summary), 0);
  const failed = sum(({ counts }) => counts.failed);
  const held = sum(({ counts }) => counts.held);
  const unknownFor = oldest && `unknown for ${formatSpan(at - oldest.since)}`;
  return html`<section class="tiles" aria-label="Figures">
${tile('In flight', formatCount(inFlight), limit === undefined ? 'images in IMS' : `of ${formatCount(limit)} at once`)}
${tile('Pending', formatCount(sum(({ counts }) => counts.pending)), `in ${formatCount(open.length, 'open batch', 'open batches')}`)}
${tile('Rate', project.perMinute === undefined ? '–' : rateText(project.perMinute), project.perMinute === undefined ? 'not known yet' : 'in the last half hour')}
${tile('Done about', end.value, end.note)}
${tile('Failed', formatCount(failed), failed === 0 ? 'nothing to fix' : 'see the codes below')}
${tile('Held', formatCount(held), unknownFor ?? (held === 0 ? 'nothing to decide' : 'waiting for your decision'))}
</section>`;
}

const MAX_CODES = 6;

/** Failures over all batches by code, each a link to where they are. */
function failures({ batches }: Snapshot): Markup | undefined {
  const codes = failuresByCode(batches);
  if (codes.length === 0) return undefined;
  const rest = codes.length - MAX_CODES;
  return html`<section class="card" aria-labelledby="codes-title"><h2 id="codes-title">What needs attention</h2>
<ul class="codes">${codes.slice(0, MAX_CODES).map(codeLink)}</ul>
${rest > 0 ? html`<p class="note"><a href="/?tab=failed#list">${formatCount(rest, 'more code')}</a>, in the batches below.</p>` : undefined}</section>`;
}

function codeLink({ kind, code, count, batches }: CodeCount): Markup {
  const [only, ...others] = batches;
  const where =
    only !== undefined && others.length === 0
      ? { path: `${batchPath(only)}${failureQuery({ kind, code })}`, text: only }
      : { path: codePath(kind, code), text: formatCount(batches.length, 'batch', 'batches') };
  return html`<li id="code-${kind}-${encodeURIComponent(code)}"><a href="${where.path}#list">${stateIcon(kind)}${codeTag(code)}<span><b>${formatCount(count, 'image')}</b> ${kind}, in <bdi>${visible(where.text)}</bdi></span></a></li>`;
}

function codePath(kind: CodeCount['kind'], code: string): string {
  const view = { search: '', failure: { kind, code }, isDescending: false, page: 1 } as const;
  return `/${batchListQuery({ ...view, range: 'hour' })}`;
}
