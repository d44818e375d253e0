import type { Survey } from '../../operator/resolve-held.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Stop } from '../../shared/ledger/project-store.ts';
import { formatCount, utcTime, visible } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { inFlightCount } from '../../ui/states.ts';
import { batchPath, imagePath } from '../addresses.ts';

/** One button, with what it will do. */
export interface Choice {
  /** Hidden fields that are sent with it. */
  readonly fields?: Readonly<Record<string, string>>;
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

export function confirmPart(confirmation: Confirmation): Markup {
  const { title, subject, text, choices, action, back } = confirmation;
  const forms = choices.map(({ fields = {}, label, text: what, isGrave }) => {
    const hidden = Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    );
    return html`<form class="choice" method="post" action="${action}">${hidden}<p>${what}</p><button class="button ${isGrave ? 'grave' : 'act'}" type="submit">${label}</button></form>`;
  });
  return html`<p class="kicker"><bdi>${visible(subject)}</bdi></p><h1>${title}</h1>
<section class="card confirm">${text}${forms}<p class="back"><a class="button" href="${back}">${choices.length === 0 ? 'Back' : 'No, go back'}</a></p></section>`;
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
    text: html`<p>No more of its images are submitted: ${formatCount(counts.pending, 'image')} will wait. ${formatCount(inFlightCount(counts), 'image')} in flight will be followed until they finish. Other batches continue.</p>`,
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

export function confirmRetry(summary: BatchSummary, code: string | undefined): Confirmation {
  const { batch, counts, troubles } = summary;
  const withCode = troubles.find((one) => one.kind === 'failed' && one.code === code);
  const count = code === undefined ? counts.failed : (withCode?.count ?? 0);
  const which = code === undefined ? undefined : html` with <code>${visible(code)}</code>`;
  const fields = code === undefined ? {} : { code };
  const retry = { fields, label: `Retry ${formatCount(count, 'image')}`, text: NOT_TWICE };
  return {
    ...onBatch(batch, 'retry'),
    title: 'Retry failed images?',
    text:
      count === 0
        ? html`<p>There are no failed images${which} now.</p>`
        : html`<p>${formatCount(count, 'failed image')}${which} will be submitted again, each as a new attempt. Fix the cause first: otherwise they fail again, and every attempt counts against the limits of IMS.</p>`,
    choices: count === 0 ? [] : [retry],
  };
}

export function confirmRetryImage(batch: string, entry: LedgerEntry): Confirmation {
  const { status } = entry.state;
  const isPossible = status === 'failed' || status === 'cancelled';
  const path = imagePath(batch, entry.key);
  return {
    title: 'Retry this image?',
    subject: entry.request.name,
    text: isPossible
      ? html`<p>It will be submitted again, as attempt ${entry.attempt + 1}.</p>`
      : html`<p>It is ${status} now, so there is nothing to retry.</p>`,
    action: `${path}/retry`,
    choices: isPossible ? [{ label: 'Retry', text: NOT_TWICE }] : [],
    back: path,
  };
}

export function confirmStopResume(stop: Stop | undefined): Confirmation {
  const text = 'If the cause is not fixed, submitting stops again at the first refusal.';
  return {
    title: 'Resume submitting?',
    subject: 'Whole project',
    text: stop
      ? html`<p>Nothing is submitted because of <code>${visible(stop.code)}</code>: <bdi>${visible(stop.message)}</bdi></p>${stop.advice === undefined ? undefined : html`<p><b>What to do</b> <bdi>${visible(stop.advice)}</bdi></p>`}`
      : html`<p>Submitting is not stopped now.</p>`,
    action: '/stop/resume',
    choices: stop ? [{ label: 'Resume', text }] : [],
    back: '/',
  };
}

/** How to resolve held images; `survey` is absent where no cloud login is set. */
export function confirmResolve(
  summary: BatchSummary,
  survey: Survey | undefined,
  entry?: LedgerEntry,
): Confirmation {
  const { batch, counts } = summary;
  const back = entry ? imagePath(batch, entry.key) : batchPath(batch);
  const base = {
    title: entry ? 'Resolve this image?' : 'Resolve held images?',
    subject: entry?.request.name ?? batch,
    action: `${back}/resolve`,
    back,
  };
  if (!survey) {
    const text = html`<p>Resolving needs the image list of IMS, and this dashboard has no login to the cloud. Start it with the <code>OS_…</code> settings, or run <code>ims-ferry resolve ${visible(batch)}</code> where they are set.</p>`;
    return { ...base, text, choices: [] };
  }
  if (survey.held.length === 0) {
    return { ...base, text: html`<p>No images are held now.</p>`, choices: [] };
  }
  const what = entry ? 'this image' : formatCount(counts.held, 'held image');
  const part =
    survey.held.length < counts.held && !entry
      ? ` for the first ${formatCount(survey.held.length)} of ${formatCount(counts.held)}`
      : '';
  return {
    ...base,
    text: html`<p>A create was sent, and its outcome is not known. This is what the image list of IMS shows now${part}:</p>${findings(survey)}`,
    choices: [
      ...adoptions(survey, entry),
      {
        fields: { decision: 'resubmit' },
        label: `Resubmit ${what}`,
        text: 'Only if the list shows nothing. If IMS did create the image and does not list it yet, it will exist twice.',
        isGrave: true,
      },
      {
        fields: { decision: 'fail' },
        label: `Give up on ${what}`,
        text: 'It counts as failed; you can retry it later.',
        isGrave: true,
      },
    ],
  };
}

function adoptions({ held }: Survey, entry: LedgerEntry | undefined): readonly Choice[] {
  const found = entry && held[0]?.found.kind === 'found' ? held[0].found.images : [];
  if (found.length > 1) {
    return found.map(({ id }) => ({
      fields: { decision: 'adopt', image: id },
      label: `Take over ${id}`,
      text: 'This image counts as imported; the others stay in IMS.',
    }));
  }
  const text =
    'If the list shows exactly one image for it, that image counts as imported. With none or several it stays held.';
  return [{ fields: { decision: 'adopt' }, label: 'Take over what was found', text }];
}

function findings({ held }: Survey): Markup {
  return html`<ul class="findings">${held.map(
    ({ entry, state, found }) =>
      html`<li><b><bdi>${visible(entry.request.name)}</bdi></b> held${heldSince(entry)}, <code>${visible(state.reason.code)}</code><br>${foundText(found)}</li>`,
  )}</ul>`;
}

/** By the wall clock: the fleet's time lags behind after a while without workers. */
function heldSince({ finishedAt }: LedgerEntry): string {
  return finishedAt === undefined ? '' : ` since ${utcTime(finishedAt)} UTC`;
}

function foundText(found: Survey['held'][number]['found']): Part {
  if (found.kind === 'failed') {
    return html`The list could not be read: <bdi>${visible(`${found.reason.code}: ${found.reason.message}`)}</bdi>`;
  }
  if (found.images.length === 0) return 'It is not in the list.';
  const images = found.images.map(({ id, status }) => `${id} (${status})`).join(', ');
  return html`Found: <span class="id">${visible(images)}</span>`;
}
