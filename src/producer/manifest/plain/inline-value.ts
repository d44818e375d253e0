import { type Cursor, NotPlain, passes, put, taken } from './cursor.ts';

/** Told where each image begins. */
export type OnImage = (offset: number) => void;

/** What a value is a part of. */
export interface Around {
  /** Brackets may go on in the next line: only where they are the whole file. */
  readonly overLines: boolean;
  /** Given where the value is the list of images, or the whole file. */
  readonly onImage?: OnImage;
}

const MAX_DEPTH = 8;
/** Without a backslash or a second quote nothing in it means something else. */
const DOUBLE = /"[^"\\\n]*"/y;
const SINGLE = /'[^'\n]*'/y;
/** Begins as no sign of YAML does, and ends before what could be a comment; spaces at its end are no part of it. */
const PLAIN = /[A-Za-z0-9_/\u3400-\u9fff](?:[^\n#]*[^\n# ])?/y;
const PLAIN_IN_BRACKETS = /[A-Za-z0-9_/\u3400-\u9fff](?:[^\n#,[\]{}]*[^\n#,[\]{} ])?/y;
const KEY_IN_BRACES = /[a-z][a-z_]*: +|"[a-z][a-z_]*":/y;
const SPACES = / */y;
const SPACES_AND_LINES = /[ \n]*/y;
const COMMA = /,/y;

/** A value that stands in one line, or in brackets. @throws NotPlain */
export function readInline(cursor: Cursor, around: Around, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new NotPlain();
  switch (cursor.text.charAt(cursor.at)) {
    case '{':
      return readBraces(cursor, around, depth);
    case '[':
      return readBrackets(cursor, around, depth);
    case '"':
      return taken(cursor, DOUBLE).slice(1, -1);
    case "'":
      return taken(cursor, SINGLE).slice(1, -1);
    default:
      return plainValue(taken(cursor, depth === 0 ? PLAIN : PLAIN_IN_BRACKETS));
  }
}

function readBraces(cursor: Cursor, around: Around, depth: number): unknown {
  const map: Record<string, unknown> = {};
  const { overLines } = around;
  for (const _ of itemsUntil('}', cursor, overLines)) {
    const isQuoted = cursor.text.charAt(cursor.at) === '"';
    const key = taken(cursor, KEY_IN_BRACES);
    skip(cursor, overLines);
    const name = isQuoted ? key.slice(1, -2) : key.slice(0, key.indexOf(':'));
    const within = depth === 0 && name === 'images' ? around : { overLines };
    put(map, name, readInline(cursor, within, depth + 1));
  }
  return map;
}

function readBrackets(cursor: Cursor, { overLines, onImage }: Around, depth: number): unknown {
  const list: unknown[] = [];
  const within = { overLines };
  for (const offset of itemsUntil(']', cursor, overLines)) {
    onImage?.(offset);
    list.push(readInline(cursor, within, depth + 1));
  }
  return list;
}

/** Stops before each item between brackets; who asks reads it. A comma before the end is not plain. */
function* itemsUntil(end: string, cursor: Cursor, overLines: boolean): Generator<number> {
  cursor.at += 1;
  skip(cursor, overLines);
  if (cursor.text.charAt(cursor.at) === end) {
    cursor.at += 1;
    return;
  }
  for (;;) {
    yield cursor.at;
    skip(cursor, overLines);
    if (!passes(cursor, COMMA)) break;
    skip(cursor, overLines);
  }
  if (cursor.text.charAt(cursor.at) !== end) throw new NotPlain();
  cursor.at += 1;
}

function skip(cursor: Cursor, overLines: boolean): void {
  passes(cursor, overLines ? SPACES_AND_LINES : SPACES);
}

const WORD = /^(?:null|true|false)$/i;
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/;
/** Whatever YAML may take for a number, and more. */
const NUMBER_LIKE = /^(?:[\d.]+(?:e[-+]?\d*)?|0[xob].*)$/i;

/** What a text without quotes stands for. @throws NotPlain where YAML and people may disagree */
function plainValue(text: string): unknown {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text.endsWith(':') || text.includes(': ') || WORD.test(text)) throw new NotPlain();
  if (WHOLE_NUMBER.test(text)) return Number(text);
  if (NUMBER_LIKE.test(text)) throw new NotPlain();
  return text;
}
