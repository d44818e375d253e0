import { hang, widthOf } from '../../shared/text/layout.ts';

/**
 * A message in lines that fit into a terminal, broken between words. A command stays in one piece, however long:
 * it is copied into a shell, and what a terminal breaks by itself is copied as one line.
 */
export function messageLines(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (widthOf(line) <= columns) return [line];
      const [indent = ''] = /^ */.exec(line) ?? [];
      const kept = line.slice(indent.length).replace(COMMAND, (it) => it.replaceAll(' ', GLUE));
      return hang(indent, kept, columns);
    })
    .join('\n')
    .replaceAll(GLUE, ' ');
}

/** Up to the end of the sentence, or of what is in brackets. */
const COMMAND = /\bims-ferry [a-z-].*?(?=[.;,)] |$)/g;
/** Stands for a space that is no place to break. No message contains it: it would be shown as an escape. */
const GLUE = '\u0000';
