import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { Path } from './issue.ts';
import { isSetting } from './unknown-field.ts';

/** A fault between sound syntax and values, at an offset of the text. */
export interface NodeFault {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
}

const MAX_ALIASES = 10_000;
const TOO_MANY = `more than ${MAX_ALIASES} aliases; use defaults: for what all images share`;
/** How many nodes all aliases together may become: aliases of aliases grow without bounds. */
const MAX_EXPANDED = 100_000;
const NO_WORD = 'a key must be a plain word; variables such as {{ name }} are not expanded';
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

interface Anchor {
  isOpen: boolean;
  /** Nodes in it, with its aliases expanded. */
  weight: number;
  readonly isMap: boolean;
}

/**
 * The faults of a document or of a part of it: tags, reserved and duplicate keys, numbers that are
 * not plain digits, and aliases that are too many, lead nowhere or lead to themselves.
 */
export function nodeFaults(root: unknown, lineOf: LineOf): readonly NodeFault[] {
  const walk = new NodeWalk(lineOf);
  walk.visit(root);
  return walk.faults;
}

type LineOf = (offset: number) => number;

class NodeWalk {
  readonly faults: NodeFault[] = [];
  readonly #lineOf: LineOf;
  readonly #path: (string | number)[] = [];
  readonly #anchors = new Map<string, Anchor>();
  #aliases = 0;
  #expanded = 0;

  constructor(lineOf: LineOf) {
    this.#lineOf = lineOf;
  }

  /** Returns how many nodes a node becomes. Its depth was limited before. */
  visit(node: unknown): number {
    if (isAlias(node)) return this.#visitAlias(node);
    if (!isScalar(node) && !isCollection(node)) return 1;
    const offset = startOf(node) ?? 0;
    if (node.tag !== undefined) {
      const tag = this.#named(node.tag.replace('tag:yaml.org,2002:', '!!'));
      this.#fault(offset, `the tag ${tag} is not allowed; write the plain value`);
    }
    const anchor = { isOpen: true, weight: 0, isMap: isMap(node) };
    if (node.anchor) this.#anchors.set(node.anchor, anchor);
    let weight = 1;
    if (isMap(node)) this.#checkKeys(node.items);
    if (isCollection(node)) weight += this.#visitItems(node.items);
    else if (typeof node.value === 'number') this.#checkNumber(node.value, node.source, offset);
    Object.assign(anchor, { isOpen: false, weight });
    return weight;
  }

  #visitItems(items: readonly unknown[]): number {
    let weight = 0;
    for (const [index, item] of items.entries()) {
      if (isPair(item)) {
        const isMerge = isScalar(item.key) && typeof item.key.value === 'symbol';
        this.#path.push(isScalar(item.key) ? keyName(item.key.value) : '?');
        if (isScalar(item.key)) weight += isMerge ? 1 : this.visit(item.key);
        if (isMerge) this.#checkMerge(item.value);
        weight += this.visit(item.value);
      } else {
        this.#path.push(index);
        weight += this.visit(item);
      }
      this.#path.pop();
    }
    return weight;
  }

  #visitAlias(alias: Alias): number {
    const offset = startOf(alias) ?? 0;
    this.#aliases += 1;
    if (this.#aliases === MAX_ALIASES + 1) this.#fault(offset, TOO_MANY);
    const anchor = this.#anchors.get(alias.source);
    const name = this.#named(alias.source);
    if (!anchor) this.#fault(offset, `the alias *${name} has no anchor &${name} before it`);
    else if (anchor.isOpen) this.#fault(offset, `the alias *${name} refers to itself`);
    const weight = anchor?.weight ?? 1;
    const isFirst = this.#expanded <= MAX_EXPANDED;
    this.#expanded += weight;
    if (isFirst && this.#expanded > MAX_EXPANDED) {
      this.#fault(offset, 'aliases of aliases expand to too many values; write the values out');
    }
    return weight;
  }

  /** `<<` takes a mapping, an alias of one, or a list of these. */
  #checkMerge(value: unknown): void {
    const isList = isCollection(value) && !isMap(value);
    const sources: readonly unknown[] = isList ? value.items : [value];
    for (const source of sources) {
      const anchor = isAlias(source) ? this.#anchors.get(source.source) : undefined;
      // An alias that leads nowhere is reported as such.
      const isFit = isMap(source) || (isAlias(source) && anchor?.isMap !== false);
      if (!isFit) this.#fault(startOf(source) ?? 0, 'must be an alias of a mapping, such as *base');
    }
  }

  #checkKeys(pairs: readonly Pair[]): void {
    const seen = new Map<string, number>();
    for (const { key } of pairs) {
      const offset = startOf(key) ?? 0;
      if (!isScalar(key)) {
        this.#fault(offset, NO_WORD);
        continue;
      }
      const name = keyName(key.value);
      if (RESERVED.has(name)) this.#fault(offset, `"${name}" is a reserved key`);
      const first = seen.get(name);
      if (first === undefined) seen.set(name, offset);
      else this.#fault(offset, `duplicate key, first used on line ${this.#lineOf(first)}`, name);
    }
  }

  /** `1e3`, `0x1F` and `012` are numbers to YAML, but rarely what was meant. */
  #checkNumber(value: number, source: string | undefined, offset: number): void {
    if (source === undefined || !Number.isInteger(value) || /^-?(0|[1-9]\d*)$/.test(source)) return;
    const what = `is ${this.#named(source)}`;
    this.#fault(offset, `${what}; write a number in plain digits, or text in quotes`);
  }

  #fault(offset: number, message: string, ...inside: readonly string[]): void {
    this.faults.push({ offset, path: [...this.#path, ...inside], message });
  }

  /** A part of the text as a message shows it; hidden where it may be a secret that begins with `*` or `!`. */
  #named(text: string): string {
    const isSecret = this.#path.some((step) => typeof step === 'string' && isSetting(step));
    return isSecret ? '***' : escapeText(text.slice(0, 40));
  }
}

function keyName(key: unknown): string {
  return typeof key === 'symbol' ? '<<' : String(key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Where the value (or key) at a path begins, or the deepest part of the path that exists. */
export function offsetOf(doc: Document, path: Path, part: 'key' | 'value'): number {
  let node: unknown = doc.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = pairOf(node, step);
      if (!pair) return offset;
      const isKey = (isLast && part === 'key') || pair.value === null;
      node = isKey ? pair.key : pair.value;
    } else if (isCollection(node) && typeof step === 'number') {
      const item = node.items[step];
      node = isPair(item) ? item.value : item;
    } else {
      return offset;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

/** Kept for when thousands of keys of one mapping are wrong. */
const PAIRS = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>();

function pairOf(map: YAMLMap, step: string | number): Pair | undefined {
  const keyOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : '');
  const pairs = PAIRS.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair), pair]));
  PAIRS.set(map, pairs);
  return pairs.get(step);
}
