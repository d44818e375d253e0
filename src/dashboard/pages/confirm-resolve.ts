import { planResolution, type Survey } from '../../operator/resolve-held.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { codeTag } from '../../ui/code-tag.ts';
import { formatCount, visible } from '../../ui/format.ts';
import { requestLabel } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { timeTag } from '../../ui/time.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { Choice, Confirmation, Fields, Scope } from './confirmations.ts';

/** What is to be resolved: images of a batch, or one image. */
export interface Resolving {
  readonly batch: string;
  readonly scope: Scope;
  readonly entry?: LedgerEntry;
}

/** How to resolve held images; `survey` is absent where no cloud login is set. */
export function confirmResolve(resolving: Resolving, survey: Survey | undefined): Confirmation {
  const { batch, scope, entry } = resolving;
  const back = entry ? imagePath(batch, entry.key) : batchPath(batch);
  const base = {
    title: entry ? 'Resolve this image?' : 'Resolve held images?',
    subject: entry ? requestLabel(entry.request) : batch,
    action: `${back}/resolve`,
    back,
  };
  if (!survey) {
    const text = html`<p>Resolving needs the image list of IMS, and this dashboard has no login to the cloud. Start it with the <code>OS_…</code> settings, or run <code>ims-ferry resolve ${visible(shellQuoted(batch))}</code> where they are set.</p>`;
    return { ...base, text, choices: [] };
  }
  if (survey.held.length === 0) {
    return { ...base, text: html`<p>No images are held now.</p>`, choices: [] };
  }
  const part =
    survey.held.length < scope.count
      ? ` for the first ${formatCount(survey.held.length)} of ${formatCount(scope.count)}`
      : '';
  return {
    ...base,
    text: html`<p>A create was sent, and its outcome is not known. This is what the image list of IMS shows now${part}:</p>${findings(survey)}`,
    choices: choicesOf(resolving, survey),
  };
}

/** Only what at least one of the images allows; where not all were looked up, any may. */
function choicesOf({ scope, entry }: Resolving, survey: Survey): readonly Choice[] {
  const { fields } = scope;
  const what = entry ? 'this image' : formatCount(scope.count, 'held image');
  const isPart = survey.held.length < scope.count;
  const allows = (kind: 'adopt' | 'resubmit'): boolean =>
    isPart || survey.held.some((held) => !('why' in planResolution(held, { kind })));
  const resubmit: Choice = {
    fields: [...fields, ['decision', 'resubmit']],
    label: `Resubmit ${what}`,
    text: 'Only if the list shows nothing. If IMS did create the image and does not list it yet, it will exist twice.',
    isGrave: true,
  };
  const giveUp: Choice = {
    fields: [...fields, ['decision', 'fail']],
    label: `Give up on ${what}`,
    text: 'It counts as failed; you can retry it later.',
    isGrave: true,
  };
  return [
    ...adoptions(survey, { entry, fields, isPossible: allows('adopt') }),
    ...(allows('resubmit') ? [resubmit] : []),
    giveUp,
  ];
}

interface Adopting {
  readonly entry: LedgerEntry | undefined;
  readonly fields: Fields;
  readonly isPossible: boolean;
}

function adoptions({ held }: Survey, { entry, fields, isPossible }: Adopting): readonly Choice[] {
  const found = entry && held[0]?.found.kind === 'found' ? held[0].found.images : [];
  if (found.length > 1) {
    return found.map(({ id }) => ({
      fields: [...fields, ['decision', 'adopt'], ['image', id]],
      label: `Take over ${id}`,
      text: 'This image counts as imported; the others stay in IMS.',
    }));
  }
  if (!isPossible) return [];
  const text =
    'If the list shows exactly one image for it, that image counts as imported. With none or several it stays held.';
  return [{ fields: [...fields, ['decision', 'adopt']], label: 'Take over what was found', text }];
}

function findings({ held }: Survey): Markup {
  return html`<ul class="findings">${held.map(
    ({ entry, state, found }) =>
      html`<li><b><bdi>${visible(requestLabel(entry.request))}</bdi></b> held${heldSince(entry)}, ${codeTag(state.reason.code)}<br>${foundText(found)}</li>`,
  )}</ul>`;
}

/** By the wall clock: the fleet's time lags behind after a while without workers. */
function heldSince({ finishedAt }: LedgerEntry): Part {
  return finishedAt === undefined ? undefined : html` since ${timeTag(finishedAt)}`;
}

function foundText(found: Survey['held'][number]['found']): Part {
  if (found.kind === 'failed') {
    return html`The list could not be read: <bdi>${visible(`${found.reason.code}: ${found.reason.message}`)}</bdi>`;
  }
  if (found.images.length === 0) return 'It is not in the list.';
  const images = found.images.map(({ id, status }) => `${id} (${status})`).join(', ');
  return html`Found: <span class="id">${visible(images)}</span>`;
}
