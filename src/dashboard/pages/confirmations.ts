import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Stop } from '../../shared/ledger/project-store.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatCount, visible } from '../../ui/format.ts';
import { requestLabel } from '../../ui/image-row.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { inFlightCount } from '../../ui/states.ts';
import { batchPath, imagePath } from '../addresses.ts';

/** Names of hidden fields with their values; a name may occur several times. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** One button, with what it will do. */
export interface Choice {
  /** Hidden fields that are sent with it. */
  readonly fields?: Fields;
  readonly label: string;
  readonly text: string;
  /** It cannot be undone, or may cost something. */
  readonly isGrave?: boolean;
}

/** A page that explains an action and asks before it runs. */
export interface Confirmation {
  readonly title: string;
  readonly subject: string;
  readonly text: Markup;
  /** The address that the buttons send to. */
  readonly action: string;
  readonly choices: readonly Choice[];
  /** The page to return to. */
  readonly back: string;
}

/** `once`: identifies this page, so that the same confirmation never acts twice. */
export function confirmPart(confirmation: Confirmation, once: string): Markup {
  const { title, subject, text, choices, action, back } = confirmation;
  const forms = choices.map(({ fields = [], label, text: what, isGrave }) => {
    const hidden = [...fields, ['once', once] as const].map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    );
    return html`<form class="choice" method="post" action="${action}">${hidden}<p>${what}</p><button class="button ${isGrave ? 'grave' : 'act'}" type="submit">${label}</button></form>`;
  });
  return html`<p class="kicker"><bdi>${visible(subject)}</bdi></p><h1>${title}</h1>
<section class="card confirm">${text}${forms}<p class="back"><a class="button" href="${back}">${choices.length === 0 ? 'Back' : 'No, go back'}</a></p></section>`;
}

/** The images that an action on a batch is for. */
export interface Scope {
  /** How many of them it can act on now. */
  readonly count: number;
  /** Selected images that it cannot act on, or that have changed since they were selected. */
  readonly left: number;
  /** Only those with this code. */
  readonly code?: string;
  /** What the form sends to name them again. */
  readonly fields: Fields;
}

function leftText({ left }: Scope): Markup | undefined {
  if (left === 0) return undefined;
  return html`<p>${formatCount(left, 'selected image')} ${left === 1 ? 'is' : 'are'} left out: this cannot be done in ${left === 1 ? 'its' : 'their'} state, or ${left === 1 ? 'it has' : 'they have'} changed since.</p>`;
}

/** What the confirmations of actions on a whole batch have in common. */
function onBatch(batch: string, action: string) {
  const back = batchPath(batch);
  return { subject: batch, action: `${back}/${action}`, back };
}

export function confirmPause({ batch, counts }: BatchSummary): Confirmation {
  return {
    ...onBatch(batch, 'pause'),
    title: 'Pause this batch?',
    text: html`<p>No more of its images are submitted: ${formatCount(counts.pending, 'image')} will wait. ${formatCount(inFlightCount(counts), 'image')} in flight will be followed to the end. Other batches continue.</p>`,
    choices: [{ label: 'Pause', text: 'You can resume it at any time.' }],
  };
}

export function confirmResume({ batch, counts }: BatchSummary): Confirmation {
  return {
    ...onBatch(batch, 'resume'),
    title: 'Resume this batch?',
    text: html`<p>${formatCount(counts.pending, 'pending image')} will be submitted as the limits allow.</p>`,
    choices: [{ label: 'Resume', text: 'You can pause it again at any time.' }],
  };
}

const NOT_TWICE =
  'Before each create, IMS is searched for an image that an older create may have left, so that none is created twice.';

export function confirmRetry(batch: string, scope: Scope): Confirmation {
  const { count, code, fields } = scope;
  const which = code === undefined ? undefined : html` with ${codeTag(code)}`;
  const retry = { fields, label: `Retry ${formatCount(count, 'image')}`, text: NOT_TWICE };
  return {
    ...onBatch(batch, 'retry'),
    title: count === 1 ? 'Retry this image?' : 'Retry these images?',
    text:
      count === 0
        ? html`<p>There are no images${which} to retry now.</p>${leftText(scope)}`
        : html`<p>${formatCount(count, 'image')}${which} will be submitted again, each as a new attempt. Fix the cause first: otherwise ${count === 1 ? 'it fails' : 'they fail'} again, and every attempt counts against the limits of IMS.</p>${leftText(scope)}`,
    choices: count === 0 ? [] : [retry],
  };
}

export function confirmCancel(batch: string, scope: Scope): Confirmation {
  const { count, fields } = scope;
  const text = 'Cancelled images can be retried later.';
  const cancel = { fields, label: `Cancel ${formatCount(count, 'image')}`, text, isGrave: true };
  return {
    ...onBatch(batch, 'cancel'),
    title: 'Cancel these images?',
    text:
      count === 0
        ? html`<p>There are no pending images to cancel now.</p>${leftText(scope)}`
        : html`<p>${formatCount(count, 'pending image')} will not be submitted. Images that IMS has are followed until they finish; those that another batch needs stay pending for it.</p>${leftText(scope)}`,
    choices: count === 0 ? [] : [cancel],
  };
}

/** What an image page asks before it acts; its state version goes along. */
const OF_IMAGE = {
  retry: {
    title: 'Retry this image?',
    label: 'Retry',
    note: NOT_TWICE,
    text: ({ attempt }: LedgerEntry) => `It will be submitted again, as attempt ${attempt + 1}.`,
  },
  cancel: {
    title: 'Cancel this image?',
    label: 'Cancel the image',
    note: 'It can be retried later.',
    text: () => 'It will not be submitted, unless another batch needs it.',
  },
} as const;

export function confirmImage(
  action: 'retry' | 'cancel',
  batch: string,
  entry: LedgerEntry,
): Confirmation {
  const { title, label, note, text } = OF_IMAGE[action];
  const { status } = entry.state;
  const isPossible =
    action === 'cancel' ? status === 'pending' : status === 'failed' || status === 'cancelled';
  const path = imagePath(batch, entry.key);
  const fields: Fields = [['version', stateVersion(entry)]];
  const choice = { fields, label, text: note, isGrave: action === 'cancel' };
  return {
    title,
    subject: requestLabel(entry.request),
    text: isPossible
      ? html`<p>${text(entry)}</p>`
      : html`<p>It is ${status} now, so there is nothing to ${action}.</p>`,
    action: `${path}/${action}`,
    choices: isPossible ? [choice] : [],
    back: path,
  };
}

export function confirmStopResume(stop: Stop | undefined): Confirmation {
  const text = 'If the cause is not fixed, submitting stops again at the first refusal.';
  return {
    title: 'Resume submitting?',
    subject: 'Whole project',
    text: stop
      ? html`<p>Nothing is submitted because of ${codeTag(stop.code)}: <bdi>${visible(stop.message)}</bdi></p>${stop.advice === undefined ? undefined : html`<p><b>What to do</b> <bdi>${visible(stop.advice)}</bdi></p>`}`
      : html`<p>Submitting is not stopped now.</p>`,
    action: '/stop/resume',
    choices: stop ? [{ label: 'Resume', text }] : [],
    back: '/',
  };
}
