import { type Document, LineCounter } from 'yaml';
import { fieldName, type IssueInFile, type Place, type PlaceOf } from './issue.ts';
import { nodeFaults, offsetOf } from './yaml-nodes.ts';
import { IMAGES_PER_PIECE, TakenImages } from './yaml-pieces.ts';
import { compose, type SyntaxFault } from './yaml-syntax.ts';

/** A file that is sound YAML: its value, and where each part of it is. */
export interface SoundText {
  readonly ok: true;
  readonly value: unknown;
  /** The place of the deepest part of the path that exists in the file itself. */
  readonly placeOf: PlaceOf;
}

export type ReadResult =
  | SoundText
  | { readonly ok: false; readonly faults: readonly IssueInFile[] };

/**
 * Reads one YAML document, or finds every fault of the YAML itself. A long list of images is read in
 * pieces of `most`; that changes only how much memory it takes.
 */
export function readYaml(text: string, most = IMAGES_PER_PIECE): ReadResult {
  const lines = countLines(text);
  const taken = new TakenImages(text, lines);
  const composed = compose(text, { most, onPiece: (piece) => taken.add(piece) });
  // Reports of broken syntax depend on all that is around the fault.
  const isFaithful = composed.inPieces && composed.faults.length === 0;
  if (isFaithful) return soundOrFaults({ ...composed, text, lines, taken });
  return soundOrFaults({ ...compose(text), text, lines, taken: new TakenImages(text, lines) });
}

/** The parser's own counter loses lines where the syntax is broken. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let at = 0; at !== 0 || lines.lineStarts.length === 0; at = text.indexOf('\n', at) + 1) {
    lines.addNewLine(at);
  }
  return lines;
}

interface Read {
  readonly text: string;
  readonly doc: Document | undefined;
  readonly faults: readonly SyntaxFault[];
  readonly lines: LineCounter;
  readonly taken: TakenImages;
}

function soundOrFaults(read: Read): ReadResult {
  const { doc, lines, taken } = read;
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // With broken syntax the nodes are not what was written, and their faults would mislead.
  if (read.faults.length > 0 || !doc) {
    const faults = read.faults.map(({ offset, message }) => {
      return { ...placeAt(offset), field: '', message };
    });
    return { ok: false, faults: withoutFollowUps(onePerLine(faults), read) };
  }
  const inRest = nodeFaults(doc.contents, (offset) => placeAt(offset).line);
  const ofRest = inRest.map((fault) => ({ ...fault, path: taken.pathInFile(fault.path) }));
  const faults = [...taken.faults, ...ofRest].map(({ offset, path, message }) => {
    return { ...placeAt(offset), field: fieldName(path), message };
  });
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    value: taken.joinedTo(doc.toJS({ maxAliasCount: -1 })),
    placeOf: (path, part = 'value') => {
      const offset = taken.offsetOf(path, part) ?? offsetOf(doc, taken.pathInRest(path), part);
      return placeAt(offset);
    },
  };
}

/** One mistake makes the parser complain several times on its line; the first is where the mistake is. */
function onePerLine(faults: readonly IssueInFile[]): readonly IssueInFile[] {
  const first = new Map<number, IssueInFile>();
  for (const fault of faults) {
    const known = first.get(fault.line);
    if (!known || fault.column <= known.column) first.set(fault.line, fault);
  }
  return [...first.values()].toSorted((a, b) => a.line - b.line);
}

/** After a fault the parser may take this many lines to find its way back. */
const CONFUSED_LINES = 2;
/** Faults on this many lines in a row have one cause. */
const LONG_RUN = 4;

/** A line that has pushed the parser out of step makes it complain about the lines below. */
function withoutFollowUps(
  faults: readonly IssueInFile[],
  { text, lines }: Read,
): readonly IssueInFile[] {
  const isAtLineStart = ({ line, column }: IssueInFile): boolean => {
    const start = lines.lineStarts[line - 1] ?? 0;
    return text.slice(start, start + column - 1).trim() === '';
  };
  return runsOf(faults).flatMap(([first, ...others]) => {
    if (!first) return [];
    if (others.length + 1 >= LONG_RUN) return [first];
    return [first, ...others.filter((fault) => !isAtLineStart(fault))];
  });
}

function runsOf(faults: readonly IssueInFile[]): readonly (readonly IssueInFile[])[] {
  const runs: IssueInFile[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const fault of faults) {
    if (fault.line - last > CONFUSED_LINES) runs.push([]);
    runs.at(-1)?.push(fault);
    last = fault.line;
  }
  return runs;
}
