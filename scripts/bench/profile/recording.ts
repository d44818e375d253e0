import { readdir, readFile } from 'node:fs/promises';
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Frame, frameOf } from './frame.ts';

/** A frame with all that was called from it. */
export interface StackNode {
  readonly frame: Frame;
  /** Milliseconds, or bytes, of the frame itself. */
  readonly self: number;
  readonly children: readonly StackNode[];
}

/** What one process did: a tree of stacks for each of its threads. */
export interface Recording {
  readonly cpu: readonly StackNode[];
  readonly heap: readonly StackNode[];
}

const RECORD = new URL('./record.ts', import.meta.url);

/** The settings that make a process of Node record itself. */
export function recorded(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${RECORD.href}`, PROFILE_FOLDER: folder };
}

/** What the process that was recorded into a folder left there. */
export async function readRecording(folder: string): Promise<Recording> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted();
  const threads = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as Raw),
  );
  return {
    cpu: threads.map(({ cpu }) => cpuTree(cpu)),
    heap: threads.map(({ heap }) => heapTree(heap.head)),
  };
}

interface Raw {
  readonly cpu: Profiler.Profile;
  readonly heap: HeapProfiler.SamplingHeapProfile;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const named = (frame: Runtime.CallFrame): Frame => frameOf(frame, ROOT);

function cpuTree({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): StackNode {
  const selfOf = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    selfOf.set(id, (selfOf.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = ({ id, callFrame, children = [] }: Profiler.ProfileNode): StackNode => ({
    frame: named(callFrame),
    self: selfOf.get(id) ?? 0,
    children: children.flatMap((child) => {
      const node = byId.get(child);
      // Waiting is no work.
      return node && node.callFrame.functionName !== '(idle)' ? [build(node)] : [];
    }),
  });
  const [root] = nodes;
  if (!root) throw new Error('an empty profile');
  return build(root);
}

function heapTree(node: HeapProfiler.SamplingHeapProfileNode): StackNode {
  const { callFrame, selfSize, children } = node;
  return { frame: named(callFrame), self: selfSize, children: children.map(heapTree) };
}
