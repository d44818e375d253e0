import type { BatchMarks } from '../shared/ledger/batch-store.ts';
import { formatCount } from './format.ts';
import type { Part } from './markup.ts';
import { tile } from './page.ts';

/** Tiles for images that are shared with other projects, and for those that are not as requested. */
export function marksTiles(marks: BatchMarks | undefined): Part {
  if (!marks) return undefined;
  const { open, done, failed } = marks.sharing;
  const rest = [
    ...(open > 0 ? [`${formatCount(open)} not finished`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} not with all`] : []),
  ];
  const all = open + done + failed;
  return [
    all > 0
      ? tile('Shared', formatCount(done), [`of ${formatCount(all)}`, ...rest].join(' · '))
      : undefined,
    marks.differing > 0
      ? tile('Not as requested', formatCount(marks.differing), 'imported, with differences')
      : undefined,
  ];
}
