/** One cell, and where it begins. */
export interface Cell {
  readonly text: string;
  readonly start: number;
}

interface CsvFault {
  readonly offset: number;
  readonly message: string;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Where the next row begins. */
  readonly end: number;
  readonly fault?: CsvFault;
}

export type Delimiter = ',' | ';' | '\t';

/** The end of a cell without quotes. */
const ENDS: Readonly<Record<Delimiter, RegExp>> = {
  ',': /[,\r\n]/g,
  ';': /[;\r\n]/g,
  '\t': /[\t\r\n]/g,
};

/**
 * Reads the row that begins at an offset, as RFC 4180 has it; any line end ends a row. Blanks around a
 * cell do not count.
 */
export function readRow(text: string, from: number, delimiter: Delimiter): Row {
  const cells: Cell[] = [];
  let at = from;
  for (;;) {
    const start = skipBlanks(text, at, delimiter);
    const end = text[start] === '"' ? closingQuote(text, start + 1) : undefined;
    if (end === -1) {
      const message = 'a quote opens here and never closes; its " is missing';
      return { cells, end: text.length, fault: { offset: start, message } };
    }
    const isQuoted = end !== undefined;
    const after = isQuoted
      ? skipBlanks(text, end + 1, delimiter)
      : endOfPlain(text, start, delimiter);
    const inside = isQuoted
      ? text.slice(start + 1, end).replaceAll('""', '"')
      : text.slice(start, after);
    cells.push({ text: inside.trim(), start });
    const next = text[after];
    if (next === delimiter) {
      at = after + 1;
      continue;
    }
    if (next === undefined || next === '\n' || next === '\r') {
      return { cells, end: after + (text.startsWith('\r\n', after) ? 2 : 1) };
    }
    const message = 'text after a closing quote; write "" for a quote inside';
    return { cells, end: text.length, fault: { offset: after, message } };
  }
}

function skipBlanks(text: string, from: number, delimiter: Delimiter): number {
  let at = from;
  while (text[at] === ' ' || (text[at] === '\t' && delimiter !== '\t')) at += 1;
  return at;
}

/** -1 if there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function endOfPlain(text: string, from: number, delimiter: Delimiter): number {
  const end = ENDS[delimiter];
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}
