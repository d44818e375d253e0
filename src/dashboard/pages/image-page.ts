import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatSpan, visible } from '../../ui/format.ts';
import { type ImageRow, imageRow, reasonOf, requestText } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { meaningOf } from '../../ui/meaning.ts';
import { adviceText, pageHead } from '../../ui/page.ts';
import { DISPLAY_STATES, displayStateOf } from '../../ui/states.ts';
import { timeTag } from '../../ui/time.ts';
import type { Task } from '../actions/tasks.ts';
import { batchPath, imagePath } from '../addresses.ts';
import { imageActions } from './image-actions.ts';
import { differenceSection, sharingSection } from './image-after.ts';
import { leadSection, type Places, pair } from './image-lead.ts';
import type { Viewer } from './page-frame.ts';
import { obstacleStrip, type StripFacts } from './strip.ts';
import { taskList } from './tasks.ts';

interface ImagePage {
  readonly batch: string;
  readonly entry: LedgerEntry;
  readonly tasks: readonly Task[];
  readonly viewer: Viewer;
  readonly story: readonly StoryLine[];
  readonly project: StripFacts;
  readonly places: Places;
  /** Images of the batch that failed, and that are held. */
  readonly counts: { readonly failed: number; readonly held: number };
  /** By the fleet's clock. */
  readonly at: number;
}

/** The page of one image: what it is, its state, the reason, its story and its request. */
export function imagePart(page: ImagePage): Markup {
  const { batch, entry, tasks, viewer, at, story, project, places } = page;
  const row = imageRow(entry, at);
  const state = displayStateOf(row);
  const { label } = DISPLAY_STATES[state];
  const progress = row.progress === undefined ? '' : ` ${Math.floor(row.progress * 100)} %`;
  const kicker = html`<span class="crumbs"><a href="/">Batches</a> / <a href="${batchPath(batch)}"><bdi>${visible(batch)}</bdi></a> / Image</span>`;
  const headline = { state, text: `${label}${progress}` };
  return html`${pageHead({ kicker, title: row.name, headline })}
<p class="note">${meaningOf(entry)}</p>
${obstacleStrip(project, viewer, batch)}
${buttons(page, row)}
${taskList(tasks, at)}
${leadSection(entry, row, places)}
${reasonSection(entry)}
${differenceSection(row)}
${sharingSection(row)}
<section class="card" aria-labelledby="facts-title"><h2 id="facts-title">State</h2>
<dl class="pairs">${facts(entry, row)}</dl></section>
${storySection(story)}
<section class="card" aria-labelledby="request-title"><h2 id="request-title">Request</h2>
<dl class="pairs">${requestFields(entry)}</dl></section>`;
}

const LABELS = { retry: 'Retry…', resolve: 'Resolve…', cancel: 'Cancel…' } as const;

function buttons({ batch, entry, viewer, counts }: ImagePage, row: ImageRow): Markup {
  const path = imagePath(batch, entry.key);
  const acts = imageActions(row, viewer).map(
    (action) =>
      html`<a class="button ${action === 'cancel' ? 'grave' : 'act'}" href="${path}/${action}">${LABELS[action]}</a>`,
  );
  const kind = row.held ? 'held' : 'failed';
  // The image itself is one of them.
  const isOne = row.held || row.state === 'failed';
  const others = counts[kind] - (isOne ? 1 : 0);
  const step = (way: 'previous' | 'next', label: string): Markup =>
    html`<a class="button" data-key="${way === 'next' ? 'n' : 'p'}" href="${path}/${way}?state=${kind}">${label} ${kind}</a>`;
  const steps = others > 0 ? [step('previous', 'Previous'), step('next', 'Next')] : undefined;
  return html`<div class="actions">${acts}<a class="button" href="${batchPath(batch)}">All images of the batch</a>${steps}</div>`;
}

function reasonSection(entry: LedgerEntry): Markup | undefined {
  const reason = reasonOf(entry);
  if (!reason) return undefined;
  const { code, message, advice, requestId } = reason;
  const title = entry.state.status === 'pending' ? 'Why it is pending again' : 'Reason';
  return html`<section class="card" aria-labelledby="why-title"><h2 id="why-title">${title}</h2>
<p class="message">${codeTag(code)} <bdi>${visible(message)}</bdi></p>
${adviceText(advice)}
${requestId === undefined ? undefined : html`<p class="message note">Request id of the cloud: <span class="id">${visible(requestId)}</span></p>`}</section>`;
}

function facts(entry: LedgerEntry, row: ImageRow): readonly Part[] {
  const time = (ms: number | undefined): Part => (ms === undefined ? ms : timeTag(ms));
  const span = (ms: number | undefined): Part => (ms === undefined ? ms : formatSpan(ms));
  const late = [...entry.lateImageIds, ...entry.lateJobIds];
  const { batches } = entry;
  return [
    pair('Attempt', entry.attempt),
    pair('Registered', time(row.registeredAt)),
    pair('Submitted', time(row.submittedAt)),
    // The ledger keeps the moment of the hold where it keeps that of an outcome.
    pair(row.held ? 'Held since' : 'Finished', time(row.finishedAt)),
    pair('Pruned', time(row.prunedAt)),
    pair('Waited', span(row.waitingMs)),
    pair('In IMS', span(row.inImsMs)),
    pair('Polls', entry.polls),
    pair(
      'Left by older creates',
      late.length === 0 ? undefined : html`<span class="id">${visible(late.join(', '))}</span>`,
    ),
    pair(
      'Batches',
      batches.length > 1 ? html`<bdi>${visible(batches.join(', '))}</bdi>` : undefined,
    ),
  ];
}

function storySection(story: readonly StoryLine[]): Markup | undefined {
  if (story.length === 0) return undefined;
  const lines = story.map(
    ({ at, text }) => html`<li>${timeTag(at)}<bdi>${visible(withCodeWords(text))}</bdi></li>`,
  );
  return html`<section class="card" aria-labelledby="story-title"><h2 id="story-title">What happened</h2>
<ol class="story" role="list">${lines}</ol></section>`;
}

function requestFields({ request }: LedgerEntry): readonly Part[] {
  return Object.entries(request).map(([name, value]) => {
    const text = requestText(value);
    return text === '' ? undefined : pair(name, html`<bdi>${visible(text)}</bdi>`);
  });
}
