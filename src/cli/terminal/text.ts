import { styleText } from 'node:util';
import { escapeText } from '../../shared/text/escape-text.ts';
import { firstColumns, hang, widthOf as textWidth } from '../../shared/text/layout.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'magenta' | 'cyan';

/** Of a terminal, or of a part of it. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line for a terminal. Its texts are escaped when the line is made: what comes from outside cannot act on it. */
export type Line = readonly Span[];

type Part = string | Line | undefined;

/** A line of several parts, one after the other. */
export function line(...parts: readonly Part[]): Line {
  return parts.flatMap((part) => {
    if (part === undefined || part === '') return [];
    return typeof part === 'string' ? [{ text: escapeText(part) }] : part;
  });
}

/** A text in a style. */
export function styled(style: Style, text: string): Line {
  return text === '' ? [] : [{ text: escapeText(text), style }];
}

/** The same in one style. */
export function inStyle(spans: Line, style: Style): Line {
  return spans.map((span) => ({ ...span, style }));
}

/** The parts that have a text, with something between them. */
export function join(parts: readonly (Line | undefined)[], between: string): Line {
  const shown = parts.filter((part) => part !== undefined && part.length > 0);
  return shown.flatMap((part, index) =>
    index === 0 || !part ? (part ?? []) : line(between, part),
  );
}

export function plain(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}

/** With the colours of a terminal, or without. */
export function render(spans: Line, hasColours: boolean): string {
  if (!hasColours) return plain(spans);
  return spans
    .map(({ text, style }) => (style ? styleText(style, text, { validateStream: false }) : text))
    .join('');
}

/** NO_COLOR and FORCE_COLOR as their conventions have it; else colours are for terminals. */
export function hasColours(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
  return isTerminal;
}

/** The width in terminal columns. */
export function widthOf(text: string | Line): number {
  return textWidth(typeof text === 'string' ? text : plain(text));
}

/** At most `columns` columns; a line that is cut ends with `…`. */
export function cut(spans: Line, columns: number): Line {
  if (widthOf(spans) <= columns) return spans;
  if (columns < 1) return [];
  const kept: Span[] = [];
  let left = columns - 1;
  for (const span of spans) {
    const text = firstColumns(span.text, left);
    kept.push({ ...span, text });
    left -= widthOf(text);
    if (text !== span.text) break;
  }
  return [...kept.filter(({ text }) => text !== ''), { text: '…' }];
}

/** The same, cut in the middle: names of one family differ at their end. */
export function cutMiddle(spans: Line, columns: number): Line {
  if (widthOf(spans) <= columns || columns < 12) return cut(spans, columns);
  const text = plain(spans);
  const end = lastColumns(text, Math.ceil((columns - 1) / 2));
  const begin = firstColumns(text, columns - 1 - widthOf(end));
  return [{ ...spans[0], text: `${begin}…${end}` }];
}

function lastColumns(text: string, columns: number): string {
  let kept = '';
  for (const character of [...text].reverse()) {
    if (widthOf(character + kept) > columns) break;
    kept = character + kept;
  }
  return kept;
}

/** Exactly `columns` columns, filled with spaces at the end, or with `right` at the begin. */
export function pad(spans: Line, columns: number, right = false): Line {
  const shown = cut(spans, columns);
  const space = ' '.repeat(Math.max(0, columns - widthOf(shown)));
  return right ? line(space, shown) : line(shown, space);
}

/** Lines of at most `columns` columns, broken between words; at most `most` of them. */
export function wrap(text: string, columns: number, most: number): readonly Line[] {
  const lines = hang('', escapeText(text).replace(/ +/g, ' '), columns);
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = `${kept[most - 1]} …`;
  return kept.map((each) => cut([{ text: each }], columns));
}
