import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** One import, re-export or `import()` of a file. */
export interface ImportOf {
  /** Path from the repository's root for a local file, else the package's name. */
  readonly target: string;
  readonly isLocal: boolean;
  /** False for `import type`, which leaves no trace at run time. */
  readonly isRunTime: boolean;
}

export interface FunctionOf {
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
}

/** What the rules look at: one parsed file. */
export interface Source {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportOf[];
  readonly functions: readonly FunctionOf[];
  /** `object.property` for each member access, with `()` when it is called at once. */
  readonly members: readonly string[];
  /** Calls of `new X()` without an argument. */
  readonly bareNews: readonly string[];
  readonly strings: readonly string[];
  /** Regular expressions that are written as such. */
  readonly regexes: readonly RegExp[];
  readonly hasDefaultExport: boolean;
  /** Nothing of its own: it only exports what other files define. */
  readonly onlyPassesOn: boolean;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

/** Parses the file instead of searching it: comments and strings cannot mislead. */
export function parseSource(path: string, text: string): Source {
  const program = parseAst(text, { lang: 'ts' });
  const nodes = [...descendants(program)];
  const called = new Set(nodes.filter((node) => node.type === 'CallExpression').map(calleeOf));
  return {
    path,
    lines: lineAt(text, text.trimEnd().length),
    imports: nodes.flatMap((node) => importOf(path, node)),
    functions: nodes.filter(({ type }) => FUNCTIONS.includes(type)).map((n) => measure(text, n)),
    members: nodes.flatMap((node) => memberOf(node, called)),
    bareNews: nodes.flatMap((node) => bareNewOf(node)),
    strings: nodes.flatMap((node) => stringOf(node)),
    regexes: nodes.flatMap((node) => regexOf(node)),
    hasDefaultExport: nodes.some(({ type }) => type === 'ExportDefaultDeclaration'),
    onlyPassesOn: isPassedOn(program.body),
  };
}

export function readSources(...patterns: string[]): Source[] {
  return globSync(patterns)
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/fixtures/'))
    .sort()
    .map((path) => parseSource(path, readFileSync(path, 'utf8')));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function* descendants(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* descendants(item);
  } else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) yield* descendants(child);
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function measure(text: string, node: Node): FunctionOf {
  const line = lineAt(text, node.start);
  const parameters = Array.isArray(node['params']) ? node['params'] : [];
  const own = parameters.filter((one: unknown) => nameOf(one) !== 'this');
  return { line, lines: lineAt(text, node.end) - line + 1, parameters: own.length };
}

/** Imports and exports of names, and not one definition. */
function isPassedOn(statements: unknown): boolean {
  if (!Array.isArray(statements)) return false;
  const kinds = statements.filter(isNode).map((statement) => {
    const isExport = /^Export(?:Named|All)Declaration$/.test(statement.type);
    return isExport && !isNode(statement['declaration']) ? 'passed on' : statement.type;
  });
  return (
    kinds.includes('passed on') &&
    kinds.every((kind) => kind === 'passed on' || kind === 'ImportDeclaration')
  );
}

function importOf(path: string, node: Node): ImportOf[] {
  const from = node['source'];
  if (!isNode(from) || typeof from['value'] !== 'string') return [];
  const isType = node['importKind'] === 'type' || node['exportKind'] === 'type';
  const isRunTime = !isType && node.type !== 'TSImportType';
  const name = from['value'];
  const isLocal = name.startsWith('.');
  const target = isLocal ? posix.join(posix.dirname(path), name) : packageName(name);
  return [{ target, isLocal, isRunTime }];
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function nameOf(value: unknown): string {
  if (!isNode(value)) return '';
  if (value.type === 'ThisExpression') return 'this';
  if (value.type === 'MemberExpression') return nameOf(value['property']);
  const name = value['name'] ?? value['value'];
  return typeof name === 'string' ? name : '';
}

function calleeOf(node: Node): unknown {
  return node['callee'];
}

/** `deps.ims.submit(…)` is `ims.submit()`; destructuring counts as an access, too. */
function memberOf(node: Node, called: ReadonlySet<unknown>): string[] {
  if (node.type === 'MemberExpression') {
    const access = `${nameOf(node['object'])}.${nameOf(node['property'])}`;
    return [called.has(node) ? `${access}()` : access];
  }
  const pattern = node['id'];
  if (node.type !== 'VariableDeclarator' || !isNode(pattern)) return [];
  if (pattern.type !== 'ObjectPattern' || !Array.isArray(pattern['properties'])) return [];
  const object = nameOf(node['init']);
  return pattern['properties'].map((one: Node) => `${object}.${nameOf(one['key'])}`);
}

function bareNewOf(node: Node): string[] {
  if (node.type !== 'NewExpression' || !Array.isArray(node['arguments'])) return [];
  return node['arguments'].length === 0 ? [nameOf(calleeOf(node))] : [];
}

function stringOf(node: Node): string[] {
  const value = node['value'];
  if (node.type === 'Literal') return typeof value === 'string' ? [value] : [];
  if (node.type !== 'TemplateElement' || typeof value !== 'object' || value === null) return [];
  return 'raw' in value && typeof value.raw === 'string' ? [value.raw] : [];
}

function regexOf({ regex }: Node): RegExp[] {
  if (typeof regex !== 'object' || regex === null || !('pattern' in regex)) return [];
  return [new RegExp(String(regex.pattern), 'flags' in regex ? String(regex.flags) : '')];
}
