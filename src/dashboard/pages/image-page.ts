import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import { formatSpan, utcTime, visible } from '../../ui/format.ts';
import { type ImageRow, imageRow, reasonOf } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { adviceText, pageHead } from '../../ui/page.ts';
import { DISPLAY_STATES, displayStateOf } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { Viewer } from './page-frame.ts';
import { taskList } from './parts.ts';

export interface ImagePage {
  readonly batch: string;
  readonly entry: LedgerEntry;
  readonly tasks: readonly Task[];
  readonly viewer: Viewer;
  readonly story: readonly StoryLine[];
  /** By the fleet's clock. */
  readonly at: number;
}

/** The page of one image: its state, the reason, its story and its request. */
export function imagePart({ batch, entry, tasks, viewer, at, story }: ImagePage): Markup {
  const row = imageRow(entry, at);
  const state = displayStateOf(row);
  const { label, meaning } = DISPLAY_STATES[state];
  const progress = row.progress === undefined ? '' : ` ${Math.floor(row.progress * 100)} %`;
  const kicker = html`Image of <a href="${batchPath(batch)}"><bdi>${visible(batch)}</bdi></a>`;
  const headline = { state, text: `${label}${progress}` };
  return html`${pageHead({ kicker, title: row.name, headline })}
<p class="note">${meaning}</p>
${actions(batch, entry, viewer)}
${taskList(tasks, at)}
${reasonSection(entry)}
<section class="card" aria-labelledby="facts-title"><h2 id="facts-title">State</h2>
<dl class="pairs">${facts(entry, row)}</dl></section>
${storySection(story)}
<section class="card" aria-labelledby="request-title"><h2 id="request-title">Request</h2>
<dl class="pairs">${requestFields(entry)}</dl></section>`;
}

function actions(batch: string, { state, key }: LedgerEntry, { mayChange }: Viewer): Markup {
  const path = imagePath(batch, key);
  const canRetry = state.status === 'failed' || state.status === 'cancelled';
  const isHeld = state.status === 'unknown' && state.held;
  const action = canRetry
    ? html`<a class="button act" href="${path}/retry">Retry…</a>`
    : isHeld
      ? html`<a class="button act" href="${path}/resolve">Resolve…</a>`
      : undefined;
  return html`<div class="actions">${mayChange ? action : undefined}<a class="button" href="${batchPath(batch)}">All images of the batch</a></div>`;
}

function reasonSection(entry: LedgerEntry): Markup | undefined {
  const reason = reasonOf(entry);
  if (!reason) return undefined;
  const { code, message, advice, requestId } = reason;
  const title = entry.state.status === 'pending' ? 'Why it is pending again' : 'Reason';
  return html`<section class="card" aria-labelledby="why-title"><h2 id="why-title">${title}</h2>
<p class="message"><code>${visible(code)}</code> <bdi>${visible(message)}</bdi></p>
${adviceText(advice)}
${requestId === undefined ? undefined : html`<p class="message note">Request id of the cloud: <span class="id">${visible(requestId)}</span></p>`}</section>`;
}

function pair(name: string, value: Part): Markup | undefined {
  return value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function id(value: string | undefined): Part {
  return value && html`<span class="id">${visible(value)}</span>`;
}

function facts(entry: LedgerEntry, row: ImageRow): readonly Part[] {
  const time = (ms: number | undefined): Part => (ms === undefined ? ms : `${utcTime(ms)} UTC`);
  const span = (ms: number | undefined): Part => (ms === undefined ? ms : formatSpan(ms));
  const late = [...entry.lateImageIds, ...entry.lateJobIds];
  const { batches } = entry;
  return [
    pair('Attempt', entry.attempt),
    pair('IMS job', id(row.jobId)),
    pair('Image', id(row.imageId)),
    pair('Registered', time(row.registeredAt)),
    pair('Submitted', time(row.submittedAt)),
    pair('Finished', time(row.finishedAt)),
    pair('Waited', span(row.waitingMs)),
    pair('In IMS', span(row.inImsMs)),
    pair('Polls', entry.polls),
    pair('Left by older creates', late.length === 0 ? undefined : id(late.join(', '))),
    pair(
      'Batches',
      batches.length > 1 ? html`<bdi>${visible(batches.join(', '))}</bdi>` : undefined,
    ),
    pair('Marker', id(entry.key)),
  ];
}

function storySection(story: readonly StoryLine[]): Markup | undefined {
  if (story.length === 0) return undefined;
  const lines = story.map(
    ({ at, text }) => html`<li><time>${utcTime(at)}</time><bdi>${visible(text)}</bdi></li>`,
  );
  return html`<section class="card" aria-labelledby="story-title"><h2 id="story-title">What happened</h2>
<ol class="story" role="list">${lines}</ol></section>`;
}

function requestFields({ request }: LedgerEntry): readonly Part[] {
  return Object.entries(request).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text === '' ? undefined : pair(name, html`<bdi>${visible(text)}</bdi>`);
  });
}
