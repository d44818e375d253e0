import { Composer, type CST, type Document, isSeq, type Parser } from 'yaml';

/** Images that are taken out at once. The parser's nodes of one take about 10 kB of memory. */
export const PIECE = 1000;

/** As `compose` wants its documents: duplicate keys are reported with a place of their own. */
export const COMPOSER = { merge: true, uniqueKeys: false, logLevel: 'silent' } as const;

/** Finished items of the list `images`, as a document whose offsets are those of the file. */
export type OnPiece = (piece: Document) => void;

type List = CST.BlockSequence | CST.FlowCollection;
type Item = List['items'][number];

/** The parser looks back at the item before the one that it works on (a comment may belong there). */
const NEEDED = 2;

/**
 * Takes finished items out of a long list while the rest is still being read, so that a file of any
 * length needs the memory of one piece. Answers false where that cannot be done faithfully.
 */
export function takePiece(parser: Parser, most: number, onPiece: OnPiece): boolean {
  const list = listOfImages(parser);
  if (!list || list.items.length < most + NEEDED) return true;
  const items: Item[] = list.items.splice(0, list.items.length - NEEDED);
  if (list.type === 'flow-collection') {
    if (!items.every(isMapping) || !isAfterComma(list.items[0])) return false;
    items.forEach(keyToValue);
    // The next piece begins without the comma that separates it from this one.
    list.items[0]?.start.splice(0, 1);
  }
  const piece = { ...list, items } as List;
  if (piece.type === 'flow-collection') piece.end = [CLOSING];
  const token: CST.Document = { type: 'document', offset: list.offset, start: [], value: piece };
  for (const doc of new Composer(COMPOSER).compose([token])) {
    if (isSeq(doc.contents)) onPiece(doc as Document);
  }
  return true;
}

const CLOSING: CST.SourceToken = { type: 'flow-seq-end', offset: 0, indent: 0, source: ']' };

/** The list that is the value of the top level's key `images`, while the parser is right in it. */
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

/** In brackets the parser keeps everything as a key, until it has met the closing one. */
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

function isAfterComma(item: Item | undefined): boolean {
  return item?.start[0]?.type === 'comma';
}
