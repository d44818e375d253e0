import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { compose } from './compose.ts';
import { fieldName, type Path } from './issue.ts';
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

/** Reads one YAML document, with every fault of the YAML itself. */
export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const pairs: PairsByKey = new Map();
  const { doc, faults: textFaults } = compose(text, lines);
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
  if (faults.length > 0 || !doc) return { ok: false, faults: once(faults) };
  const nodeFaults = walkNodes(doc.contents, (offset) => place(offset).line);
  if (nodeFaults.length > 0) {
    const found = nodeFaults.map(({ offset, path, message }) => ({
      ...place(offset),
      field: fieldName(path),
      message,
    }));
    return { ok: false, faults: found };
  }
  return {
    ok: true,
    value: doc.toJS({ maxAliasCount: -1 }),
    placeOf: (path, part = 'value') => place(offsetOf({ doc, path, pairs }, part)),
  };
}

/** One mistake makes the parser complain several times at one place. */
function once(faults: readonly YamlFault[]): readonly YamlFault[] {
  return [...new Map(faults.map((fault) => [`${fault.line}:${fault.column}`, fault])).values()];
}

/** The pairs of mappings that were looked into: thousands of keys may be wrong at once. */
type PairsByKey = Map<YAMLMap, ReadonlyMap<string | number, Pair>>;

function pairOf(map: YAMLMap, key: string | number, pairs: PairsByKey): Pair | undefined {
  const known = pairs.get(map);
  if (known) return known.get(key);
  const entries = map.items.map(
    (pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair] as const,
  );
  const found = new Map<string | number, Pair>(entries);
  pairs.set(map, found);
  return found.get(key);
}

function offsetOf(
  { doc, path, pairs }: { readonly doc: Document; readonly path: Path; readonly pairs: PairsByKey },
  part: 'key' | 'value',
): number {
  let node: unknown = doc.contents;
  let offset = rangeOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = pairOf(node, step, pairs);
      if (!pair) return offset;
      const isKey = (isLast && part === 'key') || pair.value === null;
      node = isKey ? pair.key : pair.value;
    } else if (isCollection(node) && typeof step === 'number') {
      const item = node.items[step];
      node = isPair(item) ? item.value : item;
    } else {
      return offset;
    }
    offset = rangeOf(node) ?? offset;
  }
  return offset;
}

function rangeOf(node: unknown): number | undefined {
  if (node === null || typeof node !== 'object' || !('range' in node)) return undefined;
  const { range } = node;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === 'number' ? start : undefined;
}
