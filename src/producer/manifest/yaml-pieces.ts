import {
  Composer,
  type CST,
  type Document,
  isNode,
  isSeq,
  type LineCounter,
  type Parser,
  parseDocument,
} from 'yaml';
import type { Path } from './issue.ts';
import { type NodeFault, nodeFaults, offsetOf } from './yaml-nodes.ts';

/**
 * The parser keeps about 10 kB of nodes per image until the end of the document. To read a long list
 * of images in little memory, finished images are taken out of the list while the rest is read.
 */
export const IMAGES_PER_PIECE = 100;

/** Duplicate keys are reported by `nodeFaults`, each with its place. */
export const COMPOSER_OPTIONS = { merge: true, uniqueKeys: false, logLevel: 'silent' } as const;

type List = CST.BlockSequence | CST.FlowCollection;
type Item = List['items'][number];

/** The parser looks back at the item before the current one: a comment may belong to it. */
const ITEMS_IN_USE = 2;

/**
 * Takes the finished images out of the parser's list once there are `most`, as a document with the
 * offsets of the file. Returns false if the list has to be read as a whole.
 */
export function takePiece(
  parser: Parser,
  most: number,
  onPiece: (piece: Document) => void,
): boolean {
  const list = listOfImages(parser);
  if (!list || list.items.length < most + ITEMS_IN_USE) return true;
  const items: Item[] = list.items.splice(0, list.items.length - ITEMS_IN_USE);
  if (list.type === 'flow-collection') {
    if (!items.every(isMapping) || list.items[0]?.start[0]?.type !== 'comma') return false;
    items.forEach(keyToValue);
    // The comma between this piece and the next one.
    list.items[0].start.splice(0, 1);
  }
  const piece = { ...list, items } as List;
  if (piece.type === 'flow-collection') piece.end = [CLOSING_BRACKET];
  const token: CST.Document = { type: 'document', offset: list.offset, start: [], value: piece };
  for (const doc of new Composer(COMPOSER_OPTIONS).compose([token])) {
    if (isSeq(doc.contents)) onPiece(doc as Document);
  }
  return true;
}

const CLOSING_BRACKET: CST.SourceToken = {
  type: 'flow-seq-end',
  offset: 0,
  indent: 0,
  source: ']',
};

/** The value of the key `images` at the top, while the parser is directly in it. */
function listOfImages({ stack }: Parser): List | undefined {
  const [, root, list] = stack;
  if (stack.length !== 3 || !root || !list) return undefined;
  const isList =
    list.type === 'block-seq' || (list.type === 'flow-collection' && list.start.source === '[');
  if (!isList || !(root.type === 'block-map' || root.type === 'flow-collection')) return undefined;
  const key = root.items.at(-1)?.key;
  const source = key && 'source' in key ? key.source : '';
  return source === 'images' || source === '"images"' || source === "'images'" ? list : undefined;
}

const PAIR: ReadonlySet<string> = new Set(['explicit-key-ind', 'map-value-ind']);

/** Inside brackets the parser keeps every item as a key until it meets the closing bracket. */
function isMapping({ start, key, sep, value }: Item): boolean {
  const isPair = [...start, ...(sep ?? [])].some(({ type }) => PAIR.has(type));
  return key?.type === 'flow-collection' && value === undefined && !isPair;
}

function keyToValue(item: Item): void {
  const { key, sep } = item;
  if (key?.type !== 'flow-collection') return;
  key.end.push(...(sep ?? []));
  item.value = key;
  delete item.key;
  delete item.sep;
}

/**
 * The images that were taken out: their values, their faults and their places, but not their nodes.
 * The text of an image is parsed again when a place inside it is needed.
 */
export class TakenImages {
  readonly faults: NodeFault[] = [];
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #values: unknown[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #lastRead: ParsedImage | undefined;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  add(piece: Document): void {
    const from = this.#values.length;
    const lineOf = (offset: number): number => Math.max(1, this.#lines.linePos(offset).line);
    for (const fault of nodeFaults(piece.contents, lineOf)) {
      this.faults.push({ ...fault, path: moved(['images', ...fault.path], from) });
    }
    for (const item of isSeq(piece.contents) ? piece.contents.items : []) {
      const [start, end] = isNode(item) && item.range ? item.range : [0, 0];
      this.#starts.push(start);
      this.#ends.push(end);
    }
    for (const value of piece.toJS() as unknown[]) this.#values.push(value);
  }

  /** The value of the whole file: the rest of the document with these images before its own. */
  joinedTo(rest: unknown): unknown {
    if (this.#values.length === 0) return rest;
    const root = rest as { readonly images: readonly unknown[] };
    return { ...root, images: this.#values.concat(root.images) };
  }

  /** A path in the file as one in the rest of the document. */
  pathInRest(path: Path): Path {
    return moved(path, -this.#values.length);
  }

  /** A path in the rest of the document as one in the file. */
  pathInFile(path: Path): Path {
    return moved(path, this.#values.length);
  }

  /** Where a part of one of these images is; `undefined` for all other paths. */
  offsetOf(path: Path, part: 'key' | 'value'): number | undefined {
    const [list, index, ...rest] = path;
    if (list !== 'images' || typeof index !== 'number') return undefined;
    const start = this.#starts[index];
    if (start === undefined || rest.length === 0) return start;
    if (this.#lastRead?.index !== index) this.#lastRead = this.#read(index, start);
    const { doc, shift } = this.#lastRead;
    // Read on its own, an empty item has no place.
    return Math.max(offsetOf(doc, rest, part) + shift, start);
  }

  #read(index: number, start: number): ParsedImage {
    const column = Math.max(0, this.#lines.linePos(start).col - 1);
    // Spaces instead of what is before it on its line keep the first key in line with the others.
    const own = `${' '.repeat(column)}${this.#text.slice(start, this.#ends[index])}`;
    return { index, doc: parseDocument(own, COMPOSER_OPTIONS), shift: start - column };
  }
}

interface ParsedImage {
  readonly index: number;
  readonly doc: Document;
  readonly shift: number;
}

function moved(path: Path, by: number): Path {
  const [list, index, ...rest] = path;
  return list === 'images' && typeof index === 'number' ? [list, index + by, ...rest] : path;
}
