import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runFerry } from '../../soak/ferry-process.ts';
import { writeOrders } from '../../soak/orders.ts';
import type { Bench, Findings, Ground, Table } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { ferryRun } from '../engine/ferry-run.ts';
import { rounded } from '../figures.ts';
import { flameGraph } from './flame-graph.ts';
import {
  type CallFrame,
  type CallNode,
  largestShares,
  nameOf,
  partOf,
  profileOptions,
  readCpu,
  readHeap,
} from './profiled.ts';

const SUBMITTED = 50_000;
const WORKED = 3000;
const ROWS = 10;
const PAGES = fileURLToPath(new URL('../../../docs/profiles/', import.meta.url));

export const profile: Bench = {
  name: 'profile',
  title: 'Where the time goes',
  about:
    "Node's own profiler, over `ims-ferry submit` of 50,000 images in 25 manifests, and over one worker that imports 3,000 images from an instant cloud. Shares of the processor time of the main thread, and of what was allocated and not given back by the end. Flame graphs: [producer](profiles/producer.svg), [worker](profiles/worker.svg).",
  run,
};

async function run(ground: Ground): Promise<Findings> {
  ground.say('producer');
  const producer = await profiled(ground, 'producer', submit);
  ground.say('worker');
  const worker = await profiled(ground, 'worker', work);
  return {
    tables: [...tables('producer', producer), ...tables('worker', worker)],
    verdicts: [],
    notes: NOTES,
  };
}

const NOTES = [
  'Removed so far: reading plain manifests with a parser of all YAML (most of a submit), registering images one by one (half of what was left), `fetch` and its three sets of headers (half of a worker), and reading an import again after it was changed. What is left and is largest: writing to the sockets of Redis and IMS, one system call for each command (tried: automatic pipelining costs more than it saves, corked sockets save nothing); BullMQ with its scripts; a connection of its own for each create, which is what keeps a create from being sent twice.',
];

interface Profiles {
  readonly cpu: CallNode;
  readonly heap: CallNode;
}

async function profiled(
  ground: Ground,
  what: string,
  act: (ground: Ground, options: string) => Promise<unknown>,
): Promise<Profiles> {
  const folder = join(ground.folder, what);
  await mkdir(folder);
  await act(ground, profileOptions(folder));
  const [cpu, heap] = await Promise.all([readCpu(folder), readHeap(folder)]);
  await mkdir(PAGES, { recursive: true });
  await writeFile(join(PAGES, `${what}.svg`), flameGraph(cpu, `${what}: processor time`));
  return { cpu, heap };
}

async function submit({ folder, path, scale }: Ground, NODE_OPTIONS: string): Promise<void> {
  const { files } = await writeOrders(folder, Math.max(2000, Math.round(SUBMITTED * scale)));
  const redis = await benchRedis(path);
  try {
    const env = { REDIS_URL: redis.url, NODE_OPTIONS };
    await runFerry({ args: ['submit', ...files], env, logFile: join(folder, 'submit.log') });
  } finally {
    await redis.close();
  }
}

async function work({ folder, path, scale }: Ground, NODE_OPTIONS: string): Promise<void> {
  const images = Math.max(300, Math.round(WORKED * scale));
  await ferryRun({ folder, path, images, env: { NODE_OPTIONS } });
}

function tables(what: string, { cpu, heap }: Profiles): readonly Table[] {
  const table = (caption: string, root: CallNode, keyOf: (frame: CallFrame) => string): Table => ({
    caption: `${what}: ${caption}`,
    columns: ['', 'share, %'],
    rows: largestShares(root, keyOf, ROWS).map(([key, share]) => [
      `\`${key.replaceAll('|', '\\|')}\``,
      rounded(100 * share, 1),
    ]),
  });
  return [
    table('processor time by part', cpu, partOf),
    table('processor time by function', cpu, nameOf),
    table('allocations by function', heap, nameOf),
  ];
}
