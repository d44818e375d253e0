import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a function stands, as the profiler names it. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** A function in one place of the tree of calls, with what it used by itself. */
export interface CallNode {
  readonly frame: CallFrame;
  /** Microseconds of a processor, or bytes. */
  self: number;
  readonly children: CallNode[];
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** Node's options that make a process leave both profiles in a folder when it ends. */
export function profileOptions(folder: string): string {
  const into = (kind: string): string => `--${kind}-prof --${kind}-prof-dir=${folder}`;
  return `${into('cpu')} ${into('heap')}`;
}

/** The largest profile in the folder: that of the process which did the work. Waiting is no part of it. */
export async function readCpu(folder: string): Promise<CallNode> {
  const { nodes, samples, timeDeltas } = (await largest(folder, '.cpuprofile')) as CpuProfile;
  const all = new Map(
    nodes.map(({ id, callFrame }): [number, CallNode] => [
      id,
      { frame: callFrame, self: 0, children: [] },
    ]),
  );
  for (const { id, children = [] } of nodes) {
    all.get(id)?.children.push(...children.flatMap((child) => all.get(child) ?? []));
  }
  for (const [index, id] of samples.entries()) {
    const node = all.get(id);
    if (node && node.frame.functionName !== '(idle)') node.self += timeDeltas[index] ?? 0;
  }
  const root = all.get(nodes[0]?.id ?? 0);
  if (!root) throw new Error('an empty profile');
  return root;
}

/** What was allocated and was still there at the end, by who did it. */
export async function readHeap(folder: string): Promise<CallNode> {
  const { head } = (await largest(folder, '.heapprofile')) as { readonly head: HeapNode };
  const convert = ({ callFrame, selfSize, children }: HeapNode): CallNode => ({
    frame: callFrame,
    self: selfSize,
    children: children.map(convert),
  });
  return convert(head);
}

async function largest(folder: string, ending: string): Promise<unknown> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const text = texts.toSorted((a, b) => b.length - a.length)[0];
  if (text === undefined) throw new Error(`no ${ending} was left`);
  return JSON.parse(text);
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The part of a program that a function belongs to: a package, a folder of ours, Node itself. */
export function partOf({ url, functionName }: CallFrame): string {
  const path = pathOf(url);
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  if (inPackage !== undefined) return inPackage;
  if (path.startsWith('src/')) return path.split('/').slice(0, 3).join('/');
  if (path.startsWith('node:')) return 'Node';
  return functionName === '(garbage collector)' ? 'garbage collector' : 'V8, system calls';
}

/** `function (file)`, without the path of this machine. */
export function nameOf({ functionName, url }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const path = pathOf(url).replace(/.*node_modules\//, '');
  return path === '' ? name : `${name} (${path})`;
}

function pathOf(url: string): string {
  if (!url.startsWith('file:')) return url.startsWith('node:') ? url : '';
  const path = fileURLToPath(url);
  return path.startsWith(ROOT)
    ? path.slice(ROOT.length)
    : path.replace(/.*node_modules\//, 'node_modules/');
}

/** The largest sums of what was used, as shares of all of it. */
export function largestShares(
  root: CallNode,
  keyOf: (frame: CallFrame) => string,
  count: number,
): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  let total = 0;
  const visit = ({ frame, self, children }: CallNode): void => {
    total += self;
    if (self > 0) sums.set(keyOf(frame), (sums.get(keyOf(frame)) ?? 0) + self);
    for (const child of children) visit(child);
  };
  visit(root);
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key, sum]) => [key, sum / Math.max(1, total)] as const);
}
