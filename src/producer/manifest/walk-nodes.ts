import { type Alias, isAlias, isCollection, isMap, isPair, isScalar, type Pair } from 'yaml';
import { escapeText } from '../../shared/text/escape-text.ts';
import { isSetting } from './explain-field.ts';
import type { Path } from './issue.ts';

/** A fault of the YAML itself, at an offset of the text. */
export interface NodeFault {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
}

export const MAX_ALIASES = 100;
/** How many nodes all aliases together may stand for: aliases of aliases grow without bounds. */
const MAX_EXPANDED = 100_000;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

interface Anchor {
  isOpen: boolean;
  /** Nodes in it, with its aliases expanded. */
  weight: number;
  readonly isMap: boolean;
}

interface Walk {
  readonly lineOf: (offset: number) => number;
  readonly faults: NodeFault[];
  readonly path: (string | number)[];
  readonly anchors: Map<string, Anchor>;
  aliases: number;
  expanded: number;
}

/**
 * What is wrong between sound tokens and values: tags, reserved and duplicate keys, numbers that are
 * not plain digits, and aliases that are too many, lead nowhere or to themselves.
 */
export function walkNodes(root: unknown, lineOf: (offset: number) => number): readonly NodeFault[] {
  const walk: Walk = {
    lineOf,
    faults: [],
    path: [],
    anchors: new Map(),
    aliases: 0,
    expanded: 0,
  };
  visit(walk, root);
  return walk.faults;
}

/** The weight of a node: how many nodes it becomes. Its depth was bounded before. */
function visit(walk: Walk, node: unknown): number {
  if (isAlias(node)) return visitAlias(walk, node);
  if (!isScalar(node) && !isCollection(node)) return 1;
  const offset = node.range?.[0] ?? 0;
  if (node.tag !== undefined) {
    const tag = named(walk, node.tag.replace('tag:yaml.org,2002:', '!!'));
    fault(walk, offset, `the tag ${tag} is not allowed; write the plain value`);
  }
  const anchor = node.anchor ? open(walk, node.anchor, isMap(node)) : undefined;
  let weight = 1;
  if (isCollection(node)) weight += visitItems(walk, node.items, isMap(node));
  else if (typeof node.value === 'number') checkNumber(walk, { offset, ...node });
  if (anchor) {
    anchor.isOpen = false;
    anchor.weight = weight;
  }
  return weight;
}

function open(walk: Walk, name: string, isMapNode: boolean): Anchor {
  const anchor = { isOpen: true, weight: 0, isMap: isMapNode };
  walk.anchors.set(name, anchor);
  return anchor;
}

function visitItems(walk: Walk, items: readonly unknown[], inMap: boolean): number {
  let weight = 0;
  if (inMap) checkKeys(walk, items as readonly Pair[]);
  for (const [index, item] of items.entries()) {
    if (isPair(item)) {
      const isMerge = isScalar(item.key) && typeof item.key.value === 'symbol';
      walk.path.push(isMerge ? '<<' : isScalar(item.key) ? String(item.key.value) : '?');
      if (isScalar(item.key)) weight += isMerge ? 1 : visit(walk, item.key);
      if (isMerge) checkMerge(walk, item.value);
      weight += visit(walk, item.value);
    } else {
      walk.path.push(index);
      weight += visit(walk, item);
    }
    walk.path.pop();
  }
  return weight;
}

function visitAlias(walk: Walk, alias: Alias): number {
  const offset = alias.range?.[0] ?? 0;
  walk.aliases += 1;
  if (walk.aliases === MAX_ALIASES + 1) {
    const message = `is one of more than ${MAX_ALIASES} aliases; use defaults: for what all images share`;
    fault(walk, offset, message);
  }
  const anchor = walk.anchors.get(alias.source);
  const name = named(walk, alias.source);
  if (!anchor) fault(walk, offset, `the alias *${name} has no anchor &${name} before it`);
  else if (anchor.isOpen) fault(walk, offset, `the alias *${name} refers to itself`);
  const weight = anchor?.weight ?? 1;
  const isNew = walk.expanded <= MAX_EXPANDED;
  walk.expanded += weight;
  if (isNew && walk.expanded > MAX_EXPANDED) {
    fault(walk, offset, 'aliases of aliases expand to too much; write the values themselves');
  }
  return weight;
}

/** `<<` takes a mapping, an alias of one, or a list of these. */
function checkMerge(walk: Walk, value: unknown): void {
  const sources: readonly unknown[] = isCollection(value) && !isMap(value) ? value.items : [value];
  for (const source of sources) {
    const anchor = isAlias(source) ? walk.anchors.get(source.source) : undefined;
    // An alias that leads nowhere is reported as such.
    const isFit = isMap(source) || (isAlias(source) && anchor?.isMap !== false);
    if (!isFit) fault(walk, offsetOf(source), 'takes an alias of a mapping, such as *base');
  }
}

function checkKeys(walk: Walk, pairs: readonly Pair[]): void {
  const seen = new Map<string, number>();
  for (const { key } of pairs) {
    const offset = offsetOf(key);
    if (!isScalar(key)) {
      const message = 'a key must be a plain word; variables such as {{ name }} are not expanded';
      fault(walk, offset, message);
      continue;
    }
    const name = typeof key.value === 'symbol' ? '<<' : String(key.value);
    if (RESERVED.has(name)) fault(walk, offset, `"${name}" is a reserved key`);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, offset);
    else {
      walk.path.push(name);
      fault(walk, offset, `duplicate key, first used in line ${walk.lineOf(first)}`);
      walk.path.pop();
    }
  }
}

/** `1e3`, `0x1F` and `012` are numbers to YAML, but seldom what was meant. */
function checkNumber(walk: Walk, node: { offset: number; value: unknown; source?: string }): void {
  const { source } = node;
  if (source === undefined || !Number.isInteger(node.value) || /^-?(0|[1-9]\d*)$/.test(source)) {
    return;
  }
  const what = `is ${named(walk, source)}`;
  fault(walk, node.offset, `${what}; write a whole number in plain digits, or quote it as a text`);
}

function offsetOf(node: unknown): number {
  return isScalar(node) || isCollection(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}

function fault(walk: Walk, offset: number, message: string): void {
  walk.faults.push({ offset, path: [...walk.path], message });
}

/** A part of the text as a message names it; not where a secret may begin with `*` or `!`. */
function named(walk: Walk, text: string): string {
  const isSecret = walk.path.some((step) => typeof step === 'string' && isSetting(step));
  return isSecret ? '***' : escapeText(text.slice(0, 40));
}
