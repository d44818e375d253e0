import { html, type Markup, type Part } from '../../producer/report/html/markup.ts';
import { LOOKS, lookOf, mark } from '../../producer/report/html/states.ts';
import { shown } from '../../producer/report/html/wording.ts';
import { imageRow } from '../../producer/report/model/image-row.ts';
import { formatSpan, utcTime } from '../../producer/report/times.ts';
import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import type { Task } from '../actions/tasks.ts';
import { batchPath, imagePath } from './addresses.ts';
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

/** The page of one image: where it stands, why, and what was asked for. */
export function imagePart({ batch, entry, tasks, viewer, at, story }: ImagePage): Markup {
  const row = imageRow(entry, at);
  const look = lookOf(row);
  return html`<p class="kicker">Image of <a href="${batchPath(batch)}"><bdi>${shown(batch)}</bdi></a></p>
<h1><bdi>${shown(row.name)}</bdi></h1>
<p class="outcome is-${look}">${mark(look)}<span>${LOOKS[look]}${row.progress === undefined ? undefined : ` ${Math.floor(row.progress * 100)} %`}</span></p>
${buttons(batch, entry, viewer)}
${taskList(tasks, at)}
${why(entry, look)}
<section class="card" aria-labelledby="facts-title"><h2 id="facts-title">Where it stands</h2>
<dl class="pairs">${standing(entry, at)}</dl></section>
${storyPart(story)}
<section class="card" aria-labelledby="asked-title"><h2 id="asked-title">What is asked for</h2>
<dl class="pairs">${asked(entry)}</dl></section>`;
}

function buttons(batch: string, entry: LedgerEntry, { mayChange }: Viewer): Markup {
  const { state, key } = entry;
  const path = imagePath(batch, key);
  const canRetry = state.status === 'failed' || state.status === 'cancelled';
  const isHeld = state.status === 'unknown' && state.held;
  const retry = html`<a class="button act" href="${path}/retry">Retry…</a>`;
  const resolve = html`<a class="button act" href="${path}/resolve">Resolve…</a>`;
  return html`<div class="actions">${mayChange && canRetry ? retry : undefined}${mayChange && isHeld ? resolve : undefined}<a class="button" href="${batchPath(batch)}">All images of the batch</a></div>`;
}

function why({ state }: LedgerEntry, look: string): Markup | undefined {
  const reason =
    'reason' in state ? state.reason : 'lastReason' in state ? state.lastReason : undefined;
  if (!reason) return undefined;
  const { code, message, advice, requestId } = reason;
  const title = state.status === 'pending' ? 'Why it waits again' : 'Why';
  return html`<section class="card is-${look}" aria-labelledby="why-title"><h2 id="why-title">${title}</h2>
<p class="message"><code>${shown(code)}</code> <bdi>${shown(message)}</bdi></p>
${advice === undefined ? undefined : html`<p class="advice"><b>What to do</b> <bdi>${shown(advice)}</bdi></p>`}
${requestId === undefined ? undefined : html`<p class="message note">Request id of the cloud: <span class="id">${shown(requestId)}</span></p>`}</section>`;
}

function pair(name: string, value: Part): Markup | undefined {
  if (value === undefined || value === '') return undefined;
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function id(value: string | undefined): Part {
  return value === undefined ? undefined : html`<span class="id">${shown(value)}</span>`;
}

function standing(entry: LedgerEntry, at: number): readonly Part[] {
  const row = imageRow(entry, at);
  const time = (ms: number | undefined): Part =>
    ms === undefined ? undefined : `${utcTime(ms)} UTC`;
  const strays = [...entry.lateImageIds, ...entry.lateJobIds];
  return [
    pair('Attempt', entry.attempt),
    pair('IMS job', id(row.jobId)),
    pair('Image', id(row.imageId)),
    pair('Registered', time(row.registeredAt)),
    pair('Submitted', time(row.submittedAt)),
    pair('Finished', time(row.finishedAt)),
    pair('Waited', row.waitingMs === undefined ? undefined : formatSpan(row.waitingMs)),
    pair('In IMS', row.inImsMs === undefined ? undefined : formatSpan(row.inImsMs)),
    pair('Asked for its state', `${entry.polls} times`),
    pair('Left by older creates', strays.length === 0 ? undefined : id(strays.join(', '))),
    pair(
      'Batches',
      entry.batches.length > 1 ? html`<bdi>${shown(entry.batches.join(', '))}</bdi>` : undefined,
    ),
    pair('Marker', id(entry.key)),
  ];
}

function storyPart(story: readonly StoryLine[]): Markup | undefined {
  if (story.length === 0) return undefined;
  const lines = story.map(
    ({ at, text }) => html`<li><time>${utcTime(at)}</time><bdi>${shown(text)}</bdi></li>`,
  );
  return html`<section class="card" aria-labelledby="story-title"><h2 id="story-title">What happened</h2>
<ol class="story" role="list">${lines}</ol></section>`;
}

function asked({ request }: LedgerEntry): readonly Part[] {
  return Object.entries(request).map(([name, value]) =>
    pair(
      name,
      html`<bdi>${shown(typeof value === 'string' ? value : JSON.stringify(value))}</bdi>`,
    ),
  );
}
