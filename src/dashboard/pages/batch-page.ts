import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { formatCount, formatSpan, rateText } from '../../ui/format.ts';
import { marksTiles } from '../../ui/marks-tiles.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { pageHead, percentOf, tile } from '../../ui/page.ts';
import { inFlightCount, stateSection } from '../../ui/states.ts';
import { timeTag } from '../../ui/time.ts';
import type { Task } from '../actions/tasks.ts';
import { outlookOf } from '../live/batch-list.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { batchButtons } from './batch-buttons.ts';
import { batchFailures } from './batch-failures.ts';
import { batchHeadline } from './batch-headline.ts';
import { doneCell } from './done-text.ts';
import { type ImageList, imageList } from './image-list.ts';
import type { Viewer } from './page-frame.ts';
import { obstacleStrip } from './strip.ts';
import { taskList } from './tasks.ts';

/** Everything that the page of a batch shows. */
interface BatchPage {
  readonly summary: BatchSummary;
  readonly snapshot: Snapshot;
  readonly list: ImageList;
  readonly tasks: readonly Task[];
  readonly viewer: Viewer;
}

/** The page of one batch. */
export function batchPart(page: BatchPage): Markup {
  const { summary, snapshot, viewer, list, tasks } = page;
  return html`${head(summary, snapshot)}
${obstacleStrip(snapshot, viewer, summary.batch)}
${batchButtons(summary, viewer)}
${taskList(tasks, snapshot.at)}
${tiles(summary, snapshot)}
${stateSection(summary)}
${batchFailures(summary, viewer)}
${imageList(list, summary, viewer)}`;
}

function head(summary: BatchSummary, { outlook }: Snapshot): Markup {
  const { batch, createdAt, finishedAt } = summary;
  return pageHead({
    kicker: html`<span class="crumbs"><a href="/">Batches</a> / Batch</span>`,
    title: batch,
    headline: batchHeadline(summary, outlookOf(outlook, summary), outlook.obstacles),
    facts: [
      ['Began', timeTag(createdAt)],
      ['Ended', finishedAt === undefined ? undefined : timeTag(finishedAt)],
    ],
  });
}

function tiles(summary: BatchSummary, snapshot: Snapshot): Markup {
  const { counts, total, batch, createdAt, finishedAt } = summary;
  const { outlook, unknownSince, at } = snapshot;
  const { perMinute, done } = outlookOf(outlook, summary);
  const since = unknownSince.get(batch);
  const all = outlook.limit === undefined ? '' : ` of ${formatCount(outlook.limit)}`;
  const end = doneCell(done);
  // The project was perhaps read a moment before.
  const ours = inFlightCount(counts);
  const last =
    isFinished(summary) && finishedAt !== undefined
      ? tile('Took', formatSpan(finishedAt - createdAt), 'start to finish')
      : tile('Done about', end.value, end.note);
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', formatCount(counts.succeeded), `of ${formatCount(total)} · ${percentOf(counts.succeeded, total)}`)}
${tile('Pending', formatCount(counts.pending), counts.pending === 0 ? 'all submitted' : 'not submitted yet')}
${tile('In flight', formatCount(ours), `all batches: ${formatCount(Math.max(ours, outlook.inFlight))}${all}`)}
${tile('Rate', perMinute === undefined ? '–' : rateText(perMinute), isFinished(summary) ? 'finished' : perMinute === undefined ? 'not known yet' : 'in the last half hour')}
${last}
${tile('Oldest unknown', since === undefined ? '–' : formatSpan(at - since), counts.unknown === 0 ? 'none' : `${formatCount(counts.unknown)} unknown`)}
${marksTiles(summary.marks)}
</section>`;
}
