import { type Cursor, NotPlain, passes, put, sees, taken } from './cursor.ts';
import { type OnImage, readInline } from './inline-value.ts';

/** A file without faults of the YAML itself: its value, and in which line each image begins. */
export interface PlainYaml {
  readonly value: unknown;
  readonly imageLines: readonly number[];
}

interface Reading extends Cursor {
  /** Of the line that comes next: its indentation; -1 at the end of the text. */
  column: number;
  depth: number;
  /** Where the images begin. */
  readonly starts: number[];
}

const MAX_DEPTH = 8;
const EMPTY_LINES = /(?: *(?:#[^\n]*)?\n)*/y;
const INDENT = / */y;
const MARK = /---\n/y;
const DASH = /- +(?=[^ \n#])/y;
const KEY = /[a-z][a-z_]*:(?: +(?=[^ \n#])|(?= *\n| +#))/y;
/** A comment needs a space before it. */
const END_OF_LINE = /(?: +#[^\n]*| *)(?:\n|$)/y;

/**
 * Reads what nearly all manifests are made of: mappings and lists in lines, brackets in one line, plain
 * and quoted texts, whole numbers, true and false, comments; or JSON. At least ten times as fast as a
 * parser of all YAML. Answers `undefined` for everything else, and where anything is wrong: it never
 * judges.
 */
export function readPlain(written: string): PlainYaml | undefined {
  const text = written.includes('\r') ? written.replaceAll('\r\n', '\n') : written;
  if (/[\t\r]/.test(text)) return undefined;
  const reading: Reading = { text, at: 0, column: 0, depth: 0, starts: [] };
  try {
    const value = readRoot(reading);
    return { value, imageLines: linesOf(text, reading.starts) };
  } catch {
    // Not plain, or a line so long that a pattern gives up.
    return undefined;
  }
}

function readRoot(reading: Reading): unknown {
  const value = reading.text.startsWith('{') ? readJson(reading) : readLines(reading);
  if (reading.column !== -1) throw new NotPlain();
  return value;
}

function readJson(reading: Reading): unknown {
  const value = readInline(reading, { overLines: true, onImage: startOf(reading) });
  if (!passes(reading, END_OF_LINE)) throw new NotPlain();
  nextLine(reading);
  return value;
}

function readLines(reading: Reading): unknown {
  nextLine(reading);
  if (reading.column === 0 && passes(reading, MARK)) nextLine(reading);
  if (reading.column !== 0) throw new NotPlain();
  return readMap(reading, 0);
}

function startOf({ starts }: Reading): OnImage {
  return (offset) => void starts.push(offset);
}

/** From the end of a line to what stands in the next one that holds something. */
function nextLine(reading: Reading): void {
  passes(reading, EMPTY_LINES);
  const start = reading.at;
  passes(reading, INDENT);
  const isEnd = reading.at === reading.text.length;
  reading.column = isEnd ? -1 : reading.at - start;
}

/** Its first key is what comes next. */
function readMap(reading: Reading, column: number): unknown {
  const map: Record<string, unknown> = {};
  reading.depth += 1;
  if (reading.depth > MAX_DEPTH) throw new NotPlain();
  do {
    const key = taken(reading, KEY);
    const name = key.slice(0, key.indexOf(':'));
    const isImages = reading.depth === 1 && name === 'images';
    put(map, name, readValue(reading, column, isImages ? startOf(reading) : undefined));
  } while (reading.column === column);
  if (reading.column > column) throw new NotPlain();
  reading.depth -= 1;
  return map;
}

/** What follows a key: in its line, else in the lines below that are indented or begin with a dash. */
function readValue(reading: Reading, column: number, onImage?: OnImage): unknown {
  if (!passes(reading, END_OF_LINE)) return readLine(reading, onImage);
  nextLine(reading);
  const isList = reading.text.charAt(reading.at) === '-';
  if (isList && reading.column >= column) return readList(reading, reading.column, onImage);
  // Nothing at all stands for null, which no field takes.
  if (reading.column <= column) throw new NotPlain();
  return readMap(reading, reading.column);
}

function readList(reading: Reading, column: number, onImage?: OnImage): unknown {
  const list: unknown[] = [];
  while (reading.column === column) {
    const dash = reading.at;
    if (!passes(reading, DASH)) break;
    onImage?.(reading.at);
    const within = column + reading.at - dash;
    list.push(sees(reading, KEY) ? readMap(reading, within) : readLine(reading));
  }
  if (list.length === 0 || reading.column > column) throw new NotPlain();
  return list;
}

/** A value that ends with its line. */
function readLine(reading: Reading, onImage?: OnImage): unknown {
  const value = readInline(reading, { overLines: false, ...(onImage && { onImage }) });
  if (!passes(reading, END_OF_LINE)) throw new NotPlain();
  nextLine(reading);
  return value;
}

/** The lines of offsets that ascend. */
function linesOf(text: string, offsets: readonly number[]): readonly number[] {
  let line = 1;
  let end = text.indexOf('\n');
  return offsets.map((offset) => {
    while (end !== -1 && end < offset) {
      line += 1;
      end = text.indexOf('\n', end + 1);
    }
    return line;
  });
}
