import type { Survey } from '../../operator/resolve-held.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import { utcTime } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Stop } from '../../shared/ledger/project-store.ts';
import { batchPath, imagePath } from './addresses.ts';
import type { Confirmation } from './confirm-page.ts';

export function confirmPause({ batch, counts }: BatchSummary): Confirmation {
  const flying = counts.submitting + counts.creating + counts.unknown - counts.held;
  return {
    title: 'Pause this batch?',
    subject: batch,
    text: html`<p>Nothing more of it is submitted: ${whole(counts.pending, 'image')} will wait. The ${whole(flying, 'image')} that IMS works on are followed to their end. Other batches go on.</p>`,
    action: `${batchPath(batch)}/pause`,
    choices: [{ label: 'Pause', text: 'It can be resumed at any time.' }],
    back: batchPath(batch),
  };
}

export function confirmResume({ batch, counts }: BatchSummary): Confirmation {
  return {
    title: 'Resume this batch?',
    subject: batch,
    text: html`<p>${whole(counts.pending, 'waiting image')} will be submitted as places become free.</p>`,
    action: `${batchPath(batch)}/resume`,
    choices: [{ label: 'Resume', text: 'It can be paused again at any time.' }],
    back: batchPath(batch),
  };
}

const NOT_TWICE =
  'What an older create may have left in IMS is looked for first, so that nothing is created twice.';

export function confirmRetry(summary: BatchSummary, code: string | undefined): Confirmation {
  const { batch, counts, troubles } = summary;
  const count =
    code === undefined
      ? counts.failed
      : (troubles.find((one) => one.kind === 'failed' && one.code === code)?.count ?? 0);
  const which = code === undefined ? undefined : html` with <code>${shown(code)}</code>`;
  const fields = code === undefined ? {} : { fields: { code } };
  const one = { ...fields, label: `Retry ${whole(count, 'image')}`, text: NOT_TWICE };
  return {
    title: 'Try failed images again?',
    subject: batch,
    text:
      count === 0
        ? html`<p>No image${which} is failed now.</p>`
        : html`<p>${whole(count, 'failed image')}${which} will be submitted again, each as a new attempt. Retry when the cause is mended: the same cause fails again, and every try counts against the limits of IMS.</p>`,
    action: `${batchPath(batch)}/retry`,
    choices: count === 0 ? [] : [one],
    back: batchPath(batch),
  };
}

export function confirmRetryImage(batch: string, entry: LedgerEntry): Confirmation {
  const { status } = entry.state;
  const isPossible = status === 'failed' || status === 'cancelled';
  const path = imagePath(batch, entry.key);
  return {
    title: 'Try this image again?',
    subject: entry.request.name,
    text: isPossible
      ? html`<p>It will be submitted again, as attempt ${entry.attempt + 1}.</p>`
      : html`<p>It is ${status} now: there is nothing to try again.</p>`,
    action: `${path}/retry`,
    choices: isPossible ? [{ label: 'Retry', text: NOT_TWICE }] : [],
    back: path,
  };
}

export function confirmStopResume(stop: Stop | undefined): Confirmation {
  return {
    title: 'Go on submitting?',
    subject: 'Whole project',
    text: stop
      ? html`<p>Nothing is submitted because of <code>${shown(stop.code)}</code>: <bdi>${shown(stop.message)}</bdi></p>${stop.advice === undefined ? undefined : html`<p><b>What to do</b> <bdi>${shown(stop.advice)}</bdi></p>`}`
      : html`<p>Nothing is stopped now.</p>`,
    action: '/stop/resume',
    choices: stop
      ? [
          {
            label: 'Go on',
            text: 'If the cause is not mended, it stops again at the first refusal.',
          },
        ]
      : [],
    back: '/',
  };
}

/** What is asked where images are held; `survey` is absent where no login is set. */
export function confirmResolve(
  summary: BatchSummary,
  survey: Survey | undefined,
  entry?: LedgerEntry,
): Confirmation {
  const { batch, counts } = summary;
  const back = entry ? imagePath(batch, entry.key) : batchPath(batch);
  const base = {
    title: entry ? 'Settle this image?' : 'Settle what is held?',
    subject: entry?.request.name ?? batch,
    action: `${back}/resolve`,
    back,
  };
  if (!survey) {
    const text = html`<p>To settle it, IMS has to be asked what its image list shows, and this dashboard has no login to the cloud. Start it with the settings <code>OS_…</code>, or run <code>ims-ferry resolve ${shown(batch)}</code> where they are set.</p>`;
    return { ...base, text, choices: [] };
  }
  if (survey.held.length === 0) {
    return { ...base, text: html`<p>Nothing is held now.</p>`, choices: [] };
  }
  const many = entry ? 'it' : whole(counts.held, 'held image');
  return {
    ...base,
    text: html`<p>A create was sent and its outcome is not known. This is what the image list of IMS shows now${survey.held.length < counts.held && !entry ? html` for the first ${whole(survey.held.length)} of ${whole(counts.held)}` : undefined}:</p>${findings(survey)}`,
    choices: [
      ...adoptions(survey, entry),
      {
        fields: { decision: 'resubmit' },
        label: `Send ${many} again`,
        text: 'Only where the list shows nothing. If IMS has created it after all and does not list it yet, the image is there twice.',
        isGrave: true,
      },
      {
        fields: { decision: 'fail' },
        label: `Give ${many} up`,
        text: 'It counts as failed; a retry starts it again later.',
        isGrave: true,
      },
    ],
  };
}

function adoptions({ held }: Survey, entry: LedgerEntry | undefined): Confirmation['choices'] {
  const found = entry && held[0]?.found.kind === 'found' ? held[0].found.images : [];
  if (found.length > 1) {
    return found.map(({ id }) => ({
      fields: { decision: 'adopt', image: id },
      label: `Take over ${id}`,
      text: 'This one counts as imported; the others stay in IMS as they are.',
    }));
  }
  const text =
    'Where the list shows exactly one image of it, that one counts as imported. Where it shows none or several, it stays held.';
  return [{ fields: { decision: 'adopt' }, label: 'Take over what was found', text }];
}

function findings({ held }: Survey): Markup {
  return html`<ul class="findings">${held.map(
    ({ entry, state, found }) =>
      html`<li><b><bdi>${shown(entry.request.name)}</bdi></b> held${heldSince(entry)}, <code>${shown(state.reason.code)}</code><br>${foundText(found)}</li>`,
  )}</ul>`;
}

/** By the wall clock: the fleet's time is behind where no worker ran for a while. */
function heldSince({ finishedAt }: LedgerEntry): string {
  return finishedAt === undefined ? '' : ` since ${utcTime(finishedAt)} UTC`;
}

function foundText(found: Survey['held'][number]['found']): Markup {
  if (found.kind === 'failed') {
    return html`The list could not be read: <bdi>${shown(`${found.reason.code}: ${found.reason.message}`)}</bdi>`;
  }
  if (found.images.length === 0) return html`Nothing of it is in the list.`;
  const images = found.images.map(({ id, status }) => `${id} (${status})`).join(', ');
  return html`Found: <span class="id">${shown(images)}</span>`;
}
