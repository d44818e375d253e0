import { type Document, LineCounter } from 'yaml';
import { compose, type TextFault } from './compose.ts';
import { fieldName, type Path } from './issue.ts';
import { PIECE } from './list-pieces.ts';
import { offsetOf, type PairsByKey } from './node-places.ts';
import { createTakenImages, type TakenImages } from './taken-images.ts';
import { walkNodes } from './walk-nodes.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file that is sound YAML: its value, and where each part of it stands. */
export interface SoundYaml {
  readonly ok: true;
  readonly value: unknown;
  /** The place of a value, or of the deepest part of the path that stands in the file itself. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
}

export interface YamlFault extends Place {
  readonly field: string;
  readonly message: string;
}

export type YamlResult = SoundYaml | { readonly ok: false; readonly faults: readonly YamlFault[] };

/**
 * Reads one YAML document, with every fault of the YAML itself. Images are taken out of a long list
 * in pieces of `most`, which changes nothing but the memory that is needed.
 */
export function readYaml(text: string, most = PIECE): YamlResult {
  const lines = countLines(text);
  const taken = createTakenImages(text, lines);
  const composed = compose(text, { most, onPiece: taken.add });
  // What is said of broken syntax depends on all that is around it.
  const isFaithful = composed.inPieces && composed.faults.length === 0;
  if (isFaithful) return soundOrFaults({ ...composed, text, lines, taken });
  return soundOrFaults({ ...compose(text), text, lines, taken: createTakenImages(text, lines) });
}

/** The parser's own counter loses lines where the syntax is broken. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let at = 0; at !== 0 || lines.lineStarts.length === 0; at = text.indexOf('\n', at) + 1) {
    lines.addNewLine(at);
  }
  return lines;
}

function soundOrFaults(read: Read): YamlResult {
  const { doc, faults: textFaults, lines, taken } = read;
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = textFaults.map(({ offset, message }) => ({
    ...place(offset),
    field: '',
    message,
  }));
  // With broken syntax the nodes are not what was written, and their faults would mislead.
  if (faults.length > 0 || !doc) {
    return { ok: false, faults: withoutFollowUps(once(faults), read) };
  }
  const left = walkNodes(doc.contents, (offset) => place(offset).line);
  const nodeFaults = [...taken.faults, ...left.map(taken.shifted)];
  if (nodeFaults.length > 0) {
    const found = nodeFaults.map(({ offset, path, message }) => ({
      ...place(offset),
      field: fieldName(path),
      message,
    }));
    return { ok: false, faults: found };
  }
  const pairs: PairsByKey = new Map();
  return {
    ok: true,
    value: taken.joined(doc.toJS({ maxAliasCount: -1 })),
    placeOf: (path, part = 'value') => {
      const offset = taken.offsetOf(path, part);
      return place(offset ?? offsetOf({ doc, path: taken.within(path), pairs }, part));
    },
  };
}

interface Read {
  readonly text: string;
  readonly doc: Document | undefined;
  readonly faults: readonly TextFault[];
  readonly lines: LineCounter;
  readonly taken: TakenImages;
}

/** One mistake makes the parser complain several times in its line; the first is where it stands. */
function once(faults: readonly YamlFault[]): readonly YamlFault[] {
  const first = new Map<number, YamlFault>();
  for (const fault of faults) {
    const known = first.get(fault.line);
    if (!known || fault.column <= known.column) first.set(fault.line, fault);
  }
  return [...first.values()].toSorted((a, b) => a.line - b.line);
}

/** Lines after a fault in which the parser may not have found its way back yet. */
const CONFUSED_LINES = 2;
/** Nobody writes so many wrong lines in a row: they have one cause. */
const LONG_RUN = 4;

/** Where a line has pushed the parser out of step it complains about the lines below. */
function withoutFollowUps(
  faults: readonly YamlFault[],
  { text, lines }: Read,
): readonly YamlFault[] {
  const isAtBegin = ({ line, column }: YamlFault): boolean => {
    const start = lines.lineStarts[line - 1] ?? 0;
    return text.slice(start, start + column - 1).trim() === '';
  };
  return runsOf(faults).flatMap(([first, ...others]) => {
    if (!first) return [];
    if (others.length + 1 >= LONG_RUN) return [first];
    return [first, ...others.filter((fault) => !isAtBegin(fault))];
  });
}

/** Faults in lines that are close together. */
function runsOf(faults: readonly YamlFault[]): readonly (readonly YamlFault[])[] {
  const runs: YamlFault[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const fault of faults) {
    if (fault.line - last > CONFUSED_LINES) runs.push([]);
    runs.at(-1)?.push(fault);
    last = fault.line;
  }
  return runs;
}
