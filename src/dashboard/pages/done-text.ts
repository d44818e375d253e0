import type { DoneTime } from '../../shared/outlook/outlook.ts';
import { doneText } from '../../shared/outlook/words.ts';
import { html, type Part } from '../../ui/markup.ts';
import { timeTag } from '../../ui/time.ts';

/** Stands for the time in the words that all surfaces share. */
const HOLE = '\u0000';

/** When a batch will be done, in a sentence; the page shows the time in the reader's zone. */
export function doneMarkup(done: DoneTime): Part {
  const [before, after] = doneText(done, () => HOLE).split(HOLE);
  return done.kind === 'about' && after !== undefined
    ? html`${before}${timeTag(done.at, 'short')}${after}`
    : before;
}

/** The same in a table, or as a figure: the time first. */
export function doneCell(done: DoneTime): { readonly value: Part; readonly note: string } {
  switch (done.kind) {
    case 'about': {
      const minutes = Math.max(1, Math.round(done.plusMinusMs / 60_000));
      return { value: timeTag(done.at, 'short'), note: `± ${minutes} min` };
    }
    case 'unknown':
      return { value: '–', note: 'not known yet' };
    case 'stands':
      return { value: '–', note: 'not advancing' };
    case 'done':
      return { value: '–', note: 'done' };
  }
}
