import type { BatchView } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import { verdictOf } from '../../shared/dialect/error-catalogue.ts';
import type { BatchSummary, FailureCount } from '../../shared/ledger/batch-store.ts';
import { formatCount, formatRate, formatSpan, utcTime, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import {
  adviceText,
  type Failure,
  failureSection,
  pageHead,
  percentOf,
  tile,
} from '../../ui/page.ts';
import { headlineOf, inFlightCount, stateSection } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import { batchPath, reportPath } from '../addresses.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { failureQuery } from '../live/view.ts';
import { type ImageList, imageList } from './image-list.ts';
import type { Viewer } from './page-frame.ts';
import { othersBanner, stopBanner, taskList } from './parts.ts';

/** Everything that the page of a batch shows. */
export interface BatchPage {
  readonly view: BatchView;
  readonly snapshot: Snapshot;
  readonly list: ImageList;
  readonly tasks: readonly Task[];
  readonly viewer: Viewer;
}

/** The page of one batch. */
export function batchPart(page: BatchPage): Markup {
  const { view, snapshot, viewer, list, tasks } = page;
  const { summary } = view;
  return html`${head(summary)}
${stopBanner(snapshot.stop, viewer)}
${othersBanner(snapshot.others)}
${actions(summary, viewer)}
${taskList(tasks, snapshot.at)}
${tiles(view, snapshot)}
${stateSection(summary)}
${failureSection(summary.troubles.map((one) => failureOf(summary.batch, one, viewer.mayChange)))}
${imageList(list, summary)}`;
}

function head(summary: BatchSummary): Markup {
  const { batch, createdAt, finishedAt } = summary;
  return pageHead({
    kicker: 'Batch',
    title: batch,
    headline: headlineOf(summary),
    facts: [
      ['Began', `${utcTime(createdAt)} UTC`],
      ['Ended', finishedAt === undefined ? undefined : `${utcTime(finishedAt)} UTC`],
    ],
  });
}

/** What can be done with the batch now: buttons, or for a read-only viewer the commands. */
function actions(summary: BatchSummary, viewer: Viewer): Markup {
  const { batch } = summary;
  const links = html`<a class="button" href="${reportPath(batch)}">Report</a><a class="button" href="/queues/">Queues</a>`;
  const choices = choicesOf(summary);
  if (viewer.mayChange) {
    const buttons = choices.map(
      ({ action, label }) =>
        html`<a class="button act" href="${batchPath(batch)}/${action}">${label}…</a>`,
    );
    return html`<div class="actions">${buttons}${links}</div>`;
  }
  const commands = choices.map(
    ({ label, action }) =>
      html`<li>${label}: <code>ims-ferry ${action} ${visible(shellQuoted(batch))}</code></li>`,
  );
  return html`<div class="actions">${links}</div>
${commands.length > 0 ? html`<details class="commands note"><summary>Commands for this batch</summary><ul>${commands}</ul></details>` : undefined}`;
}

interface Choice {
  /** The command has the same name. */
  readonly action: 'pause' | 'resume' | 'retry' | 'resolve';
  readonly label: string;
}

function choicesOf(summary: BatchSummary): readonly Choice[] {
  const { counts, isPaused } = summary;
  const choices: Choice[] = [];
  if (isPaused) choices.push({ action: 'resume', label: 'Resume' });
  else if (!isFinished(summary)) choices.push({ action: 'pause', label: 'Pause' });
  if (counts.failed > 0) {
    choices.push({ action: 'retry', label: `Retry ${formatCount(counts.failed)} failed` });
  }
  if (counts.held > 0) {
    choices.push({ action: 'resolve', label: `Resolve ${formatCount(counts.held)} held` });
  }
  return choices;
}

function shellQuoted(batch: string): string {
  return /^[\w./:@%+,-]+$/.test(batch) ? batch : `'${batch.replaceAll("'", "'\\''")}'`;
}

function tiles({ summary, perMinute, etaMs }: BatchView, snapshot: Snapshot): Markup {
  const { counts, total, batch } = summary;
  const { inFlight, limit, unknownSince, at } = snapshot;
  const since = unknownSince.get(batch);
  const all = limit === undefined ? '' : ` of ${formatCount(limit)}`;
  const isMoving = !isFinished(summary) && !summary.isPaused;
  const left = isMoving && etaMs !== undefined ? formatSpan(etaMs) : '–';
  const why = isFinished(summary) ? 'finished' : summary.isPaused ? 'paused' : undefined;
  const leftNote = why ?? (etaMs === undefined ? 'not known yet' : 'at this pace');
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', formatCount(counts.succeeded), `of ${formatCount(total)} · ${percentOf(counts.succeeded, total)}`)}
${tile('Pending', formatCount(counts.pending), counts.pending === 0 ? 'all submitted' : 'not submitted yet')}
${tile('In flight', formatCount(inFlightCount(counts)), `all batches: ${formatCount(inFlight)}${all}`)}
${tile('Pace', perMinute === undefined ? '–' : formatRate(perMinute), 'images a minute')}
${tile('Time left', left, leftNote)}
${tile('Oldest unknown', since === undefined ? '–' : formatSpan(at - since), counts.unknown === 0 ? 'none' : `${formatCount(counts.unknown)} unknown`)}
</section>`;
}

function failureOf(batch: string, failure: FailureCount, mayChange: boolean): Failure {
  const { kind, code, count } = failure;
  const path = batchPath(batch);
  const isHeld = kind === 'held';
  const action = isHeld ? 'resolve' : `retry?code=${encodeURIComponent(code)}`;
  const button = html`<a class="button quiet" href="${path}/${action}">${isHeld ? 'Resolve' : 'Retry these'}<span class="unseen"> with ${visible(code)}</span>…</a>`;
  return {
    state: kind,
    code,
    count,
    id: `trouble-${kind}-${encodeURIComponent(code)}`,
    buttons: html`<span class="quiet-row"><a class="button quiet" data-view href="${path}${failureQuery(failure)}">Show<span class="unseen"> images with ${visible(code)}</span></a>${mayChange ? button : undefined}</span>`,
    details: adviceText(isHeld ? HELD_ADVICE : adviceOn(code)),
  };
}

const HELD_ADVICE =
  'It is not known whether IMS created the image. Check what its list shows now, and decide.';

function adviceOn(code: string): string | undefined {
  const verdict = verdictOf(code);
  return verdict && `${verdict.reason} ${verdict.advice}`;
}
