import type { BatchView } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import { verdictOf } from '../../shared/cloud/ims/error-catalogue.ts';
import type { BatchSummary, Trouble } from '../../shared/ledger/batch-ledger.ts';
import { formatCount, formatRate, formatSpan, utcTime, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { percentOf, tile } from '../../ui/page.ts';
import { DISPLAY_STATES, headlineOf, stateIcon, stateSection } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import { batchPath, reportPath } from '../addresses.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { viewQuery } from '../live/view.ts';
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
${failures(summary, viewer)}
${imageList(list, summary)}`;
}

function head(summary: BatchSummary): Markup {
  const { batch, createdAt, finishedAt } = summary;
  const { state, text } = headlineOf(summary);
  const ended =
    finishedAt === undefined
      ? undefined
      : html`<div><dt>Ended</dt><dd>${utcTime(finishedAt)} UTC</dd></div>`;
  return html`<p class="kicker">Batch</p>
<h1><bdi>${visible(batch)}</bdi></h1>
<p class="outcome is-${state}">${stateIcon(state)}<span>${text}</span></p>
<dl class="facts"><div><dt>Began</dt><dd>${utcTime(createdAt)} UTC</dd></div>${ended}</dl>`;
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
${commands.length > 0 ? html`<details class="commands"><summary>Commands for this batch</summary><ul>${commands}</ul></details>` : undefined}`;
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
  const here = counts.submitting + counts.creating + counts.unknown - counts.held;
  const since = unknownSince.get(batch);
  const all = limit === undefined ? '' : ` of ${formatCount(limit)}`;
  const left = timeLeft(summary, etaMs);
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', formatCount(counts.succeeded), `of ${formatCount(total)} · ${percentOf(counts.succeeded, total)}`)}
${tile('Pending', formatCount(counts.pending), counts.pending === 0 ? 'all submitted' : 'not submitted yet')}
${tile('In flight', formatCount(here), `all batches: ${formatCount(inFlight)}${all}`)}
${tile('Pace', perMinute === undefined ? '–' : formatRate(perMinute), 'images a minute')}
${tile('Time left', left.value, left.note)}
${tile('Oldest unknown', since === undefined ? '–' : formatSpan(at - since), counts.unknown === 0 ? 'none' : `${formatCount(counts.unknown)} unknown`)}
</section>`;
}

function timeLeft(
  summary: BatchSummary,
  etaMs: number | undefined,
): { readonly value: string; readonly note: string } {
  if (isFinished(summary)) return { value: '–', note: 'finished' };
  if (summary.isPaused) return { value: '–', note: 'paused' };
  return etaMs === undefined
    ? { value: '–', note: 'not known yet' }
    : { value: formatSpan(etaMs), note: 'at this pace' };
}

const MAX_CODES = 20;

/** Failures by code, with what to do. */
function failures({ batch, troubles }: BatchSummary, { mayChange }: Viewer): Markup | undefined {
  if (troubles.length === 0) return undefined;
  const rest = troubles.length - MAX_CODES;
  return html`<section class="card" aria-labelledby="failures-title"><h2 id="failures-title">What needs attention</h2>
<ul class="failures">${troubles.slice(0, MAX_CODES).map((one) => failure(batch, one, mayChange))}</ul>
${rest > 0 ? html`<p class="note">${formatCount(rest, 'more code')}, in the list below.</p>` : undefined}</section>`;
}

function failure(batch: string, { kind, code, count }: Trouble, mayChange: boolean): Markup {
  const query = viewQuery({ state: kind, search: code, isDescending: false, page: 1 });
  const words = DISPLAY_STATES[kind].label.toLowerCase();
  const advice =
    kind === 'held'
      ? 'It is not known whether IMS created the image. Check what its list shows now, and decide.'
      : adviceOn(code);
  const path = batchPath(batch);
  const action = kind === 'held' ? 'resolve' : `retry?code=${encodeURIComponent(code)}`;
  const button = html`<a class="button quiet" href="${path}/${action}">${kind === 'held' ? 'Resolve' : 'Retry these'}<span class="unseen"> with ${visible(code)}</span>…</a>`;
  return html`<li id="trouble-${kind}-${encodeURIComponent(code)}"><div class="failure-head">${stateIcon(kind)}<h3><code>${visible(code)}</code></h3><span class="count">${formatCount(count, 'image')} ${words}</span>
<span class="quiet-row"><a class="button quiet" data-view href="${path}${query}">Show<span class="unseen"> images with ${visible(code)}</span></a>${mayChange ? button : undefined}</span></div>
${advice === undefined ? undefined : html`<p class="advice"><b>What to do</b> ${advice}</p>`}</li>`;
}

function adviceOn(code: string): string | undefined {
  const verdict = verdictOf(code);
  return verdict && `${verdict.reason} ${verdict.advice}`;
}
