import type { DoneTime } from '../../shared/outlook/outlook.ts';
import type { Part } from '../../ui/markup.ts';
import { timeTag } from '../../ui/time.ts';

/** When a batch will be done, in a table or as a figure: the time first, in the reader's zone. */
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
