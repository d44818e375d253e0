import { formatCount, visible } from '../../ui/format.ts';
import type { ImageRow } from '../../ui/image-row.ts';
import { html, type Markup } from '../../ui/markup.ts';
import type { SharingRow } from '../../ui/sharing-words.ts';
import { pair } from './image-lead.ts';

/** How IMS describes the image other than it was requested, with both values. */
export function differenceSection({ differences }: ImageRow): Markup | undefined {
  if (differences.length === 0) return undefined;
  const rows = differences.map(({ field, wanted, is }) =>
    pair(field, html`<bdi>${visible(is)}</bdi>, requested: <bdi>${visible(wanted)}</bdi>`),
  );
  return html`<section class="card" aria-labelledby="differs-title"><h2 id="differs-title">Not as requested</h2>
<p class="note">The image is imported, but IMS describes it differently from the manifest.</p>
<dl class="pairs">${rows}</dl></section>`;
}

const WORDS: Readonly<Record<string, string>> = {
  adding: 'Not added yet',
  pending: 'Waiting for acceptance',
  accepted: 'Shared',
  rejected: 'Rejected by the project',
  failed: 'Not shared',
};

const NOTES: Readonly<Partial<Record<SharingRow['state'], string>>> = {
  none: 'Not shared yet: submit the manifest again.',
  failed: 'To try the projects again that do not have it, submit the manifest again.',
};

/** The projects that shall have the image, and how far each is. */
export function sharingSection({ sharing }: ImageRow): Markup | undefined {
  if (!sharing) return undefined;
  const { members, problem, shared, total } = sharing;
  const rows = members.map(({ project, status, code, message }) => {
    const why = code === null ? '' : `: ${code}: ${message}`;
    return pair(project, html`<bdi>${visible(`${WORDS[status] ?? status}${why}`)}</bdi>`);
  });
  const last = problem && pair('Last problem', visible(`${problem.code}: ${problem.message}`));
  const note = NOTES[sharing.state];
  return html`<section class="card" aria-labelledby="shared-title"><h2 id="shared-title">Shared with ${shared} of ${formatCount(total, 'project')}</h2>
${note && html`<p class="note">${note}</p>`}<dl class="pairs">${rows}${last ?? undefined}</dl></section>`;
}
