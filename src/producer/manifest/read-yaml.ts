import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
} from 'yaml';
import type { TextFault } from './decode.ts';
import { tooDeep } from './nesting.ts';
import { MAX_ALIASES, walkNodes } from './walk-nodes.ts';

export type Path = readonly (string | number)[];

/** A file that is sound YAML: its value, and where each part of it stands. */
export interface SoundYaml {
  readonly ok: true;
  readonly value: unknown;
  /** The place of a value, or of the deepest part of the path that there is. */
  placeOf(path: Path, part?: 'key' | 'value'): { line: number; column: number };
}

export type YamlResult = SoundYaml | { readonly ok: false; readonly faults: readonly TextFault[] };

const PHRASES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indentation with a tab; use spaces',
  MULTIPLE_DOCS: 'a second document begins; allowed is one document per file',
};

/** Parses one YAML document, with every fault of the YAML itself. */
export function readYaml(text: string): YamlResult {
  const deep = tooDeep(text);
  if (deep) return { ok: false, faults: [deep] };
  const lines = new LineCounter();
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const doc = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const faults: TextFault[] = doc.errors.map(({ code, message, pos }) => ({
    ...place(pos[0]),
    message: PHRASES[code] ?? message.split('\n')[0] ?? 'is not valid YAML',
  }));
  if (doc.directives?.yaml.explicit) {
    faults.push({ line: 1, column: 1, message: 'directives such as %YAML are not allowed' });
  }
  for (const { offset, message } of walkNodes(doc as Document, (at) => place(at).line)) {
    faults.push({ ...place(offset), message });
  }
  return faults.length > 0 ? { ok: false, faults } : toValue(doc as Document, place);
}

function toValue(
  doc: Document,
  place: (offset: number) => { line: number; column: number },
): YamlResult {
  try {
    const value: unknown = doc.toJS({ maxAliasCount: MAX_ALIASES });
    return {
      ok: true,
      value,
      placeOf: (path, part = 'value') => place(offsetOf(doc.contents, path, part)),
    };
  } catch {
    const message = `aliases expand to too much; allowed are ${MAX_ALIASES} uses`;
    return { ok: false, faults: [{ line: 1, column: 1, message }] };
  }
}

function offsetOf(root: unknown, path: Path, part: 'key' | 'value'): number {
  let node = root;
  let offset = rangeOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!pair) return offset;
      node = isLast && part === 'key' ? pair.key : (pair.value ?? pair.key);
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
