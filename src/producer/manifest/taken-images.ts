import { type Document, isSeq, type LineCounter, parseDocument } from 'yaml';
import type { Path } from './issue.ts';
import { COMPOSER } from './list-pieces.ts';
import { offsetOf } from './node-places.ts';
import { type NodeFault, walkNodes } from './walk-nodes.ts';

/**
 * The images that were taken out of a document while it was read: their values, what is wrong with
 * them, and where they stand. Their nodes are not kept; an image is read again when a place in it is
 * asked for.
 */
export interface TakenImages {
  readonly add: (piece: Document) => void;
  readonly faults: readonly NodeFault[];
  /** A fault of the rest, with the index that its image has in the file. */
  readonly shifted: (fault: NodeFault) => NodeFault;
  /** The value of the rest with the images that were taken before it. */
  readonly joined: (value: unknown) => unknown;
  /** Of a place in an image that was taken. */
  readonly offsetOf: (path: Path, part: 'key' | 'value') => number | undefined;
  /** The path in the rest. */
  readonly within: (path: Path) => Path;
}

interface Known {
  readonly index: number;
  readonly doc: Document;
  readonly shift: number;
}

export function createTakenImages(text: string, lines: LineCounter): TakenImages {
  const values: unknown[] = [];
  const faults: NodeFault[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let known: Known | undefined;
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const read = (index: number): Known => {
    const start = starts[index] ?? 0;
    const column = Math.max(0, lines.linePos(start).col - 1);
    // Spaces stand for what is before it in its line, or the first key would be out of line.
    const own = `${' '.repeat(column)}${text.slice(start, ends[index])}`;
    return { index, doc: parseDocument(own, COMPOSER), shift: start - column };
  };
  return {
    faults,
    add: (piece) => {
      const from = values.length;
      for (const { offset, path, message } of walkNodes(piece.contents, lineOf)) {
        faults.push({ offset, path: moved(['images', ...path], from), message });
      }
      for (const item of isSeq(piece.contents) ? piece.contents.items : []) {
        const range = rangeOf(item);
        starts.push(range[0]);
        ends.push(range[1]);
      }
      for (const value of piece.toJS() as unknown[]) values.push(value);
    },
    shifted: (fault) => ({ ...fault, path: moved(fault.path, values.length) }),
    joined: (value) => {
      if (values.length === 0) return value;
      const rest = value as { readonly images: readonly unknown[] };
      return { ...rest, images: values.concat(rest.images) };
    },
    within: (path) => moved(path, -values.length),
    offsetOf: (path, part) => {
      const [list, index, ...rest] = path;
      if (list !== 'images' || typeof index !== 'number' || index >= values.length)
        return undefined;
      if (rest.length === 0) return starts[index];
      if (known?.index !== index) known = read(index);
      const { doc, shift } = known;
      // An item with nothing in it has no place of its own when it is read alone.
      const offset = offsetOf({ doc, path: rest, pairs: new Map() }, part) + shift;
      return Math.max(offset, starts[index] ?? 0);
    },
  };
}

/** The path with the index of its image changed. */
function moved(path: Path, by: number): Path {
  const [list, index, ...rest] = path;
  return list === 'images' && typeof index === 'number' ? [list, index + by, ...rest] : path;
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as { readonly range?: readonly [number, number] | null } | null)?.range;
  return range ?? [0, 0];
}
