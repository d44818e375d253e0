import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
} from 'yaml';

/** A fault of the YAML itself, at an offset of the text. */
export interface NodeFault {
  readonly offset: number;
  readonly message: string;
}

export const MAX_ALIASES = 100;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

interface Walk {
  readonly doc: Document;
  readonly lineOf: (offset: number) => number;
  readonly faults: NodeFault[];
  readonly ancestors: Set<unknown>;
  aliases: number;
}

/** Tags, reserved and duplicate keys, and aliases that are too many or refer to themselves. */
export function walkNodes(doc: Document, lineOf: (offset: number) => number): readonly NodeFault[] {
  const walk: Walk = { doc, lineOf, faults: [], ancestors: new Set(), aliases: 0 };
  if (doc.contents) visit(walk, doc.contents as Node);
  return walk.faults;
}

function visit(walk: Walk, node: unknown): void {
  if (isAlias(node)) {
    visitAlias(walk, node);
    return;
  }
  if (!isScalar(node) && !isCollection(node)) return;
  if (node.tag !== undefined) {
    walk.faults.push({
      offset: node.range?.[0] ?? 0,
      message: `the tag ${node.tag} is not allowed; write the plain value`,
    });
  }
  if (!isCollection(node)) return;
  walk.ancestors.add(node);
  if (isMap(node)) checkKeys(walk, node.items);
  for (const item of node.items) {
    if (isPair(item)) visit(walk, item.value);
    else visit(walk, item);
  }
  walk.ancestors.delete(node);
}

function visitAlias(walk: Walk, alias: Alias): void {
  const offset = alias.range?.[0] ?? 0;
  walk.aliases += 1;
  if (walk.aliases === MAX_ALIASES + 1) {
    const message = `more than ${MAX_ALIASES} aliases; use defaults: for what all images share`;
    walk.faults.push({ offset, message });
  }
  if (walk.aliases > MAX_ALIASES) return;
  if (walk.ancestors.has(alias.resolve(walk.doc))) {
    walk.faults.push({ offset, message: `the alias *${alias.source} refers to itself` });
  }
}

function checkKeys(walk: Walk, pairs: readonly Pair[]): void {
  const seen = new Map<unknown, number>();
  for (const { key } of pairs) {
    if (!isScalar(key)) continue;
    const offset = key.range?.[0] ?? 0;
    const name = key.value;
    if (typeof name === 'string' && RESERVED.has(name)) {
      walk.faults.push({ offset, message: `"${name}" is a reserved key` });
    }
    const first = seen.get(name);
    if (first === undefined) seen.set(name, offset);
    else if (name !== '<<') {
      const at = walk.lineOf(first);
      walk.faults.push({ offset, message: `duplicate key "${name}", first used in line ${at}` });
    }
  }
}
