import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { Path } from './issue.ts';

/** The pairs of mappings that were looked into: thousands of keys may be wrong at once. */
export type PairsByKey = Map<YAMLMap, ReadonlyMap<string | number, Pair>>;

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

/** Where the value (or key) at a path begins, or the deepest part of the path that is there. */
export function offsetOf(
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
