import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeOrders } from '../../soak/orders.ts';
import type { Bench, Findings, Ground, Table } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { ferryRun } from '../engine/ferry-run.ts';
import { rounded } from '../figures.ts';
import { watched } from '../watched-process.ts';
import { flameGraph } from './flame-graph.ts';
import { type Recording, readRecording, recorded } from './recording.ts';
import { largest, type Share } from './self-times.ts';

const SUBMITTED = 100_000;
const IMPORTED = 3000;
const MOST = 10;
const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));

export const profile: Bench = {
  name: 'profile',
  title: 'Where the time goes',
  about:
    'Sampled stacks (one a millisecond) and sampled allocations (one in 128 KB, what was collected since included) of two whole processes, from their start: `ims-ferry submit` of fifty manifests of 2,000 images each, and one worker that imports 3,000 images from an instant cloud. Waiting is left out. Recording costs some time itself: these are shares, not speeds.',
  run,
};

async function run(ground: Ground): Promise<Findings> {
  ground.say('the producer');
  const producer = await recordProducer(ground);
  ground.say('a worker');
  const worker = await recordWorker(ground);
  return {
    tables: [...tables('submit', producer), ...tables('work', worker)],
    verdicts: [],
    notes: [
      'As flame graphs (open them by themselves: names and times show under the pointer): [submit](profiles/producer.svg), [work](profiles/worker.svg).',
      'The three largest costs of a submit were a parser of all YAML for files that are plain, one script call an image to register it, and modules that a submit does not need: all three are gone. Of a worker they were `fetch` with three sets of headers, each of which checks a token of 2,000 letters (gone), and two that stay: one write to a socket for each command of Redis and each call of IMS (joining them by automatic pipelining costs more than it saves, corked sockets save nothing that could be measured), and a connection of its own for each create, opened and destroyed, which is what keeps a create from being sent twice.',
    ],
    files: new Map([
      ['profiles/producer.svg', flameGraph('ims-ferry submit, 100,000 images', producer.cpu)],
      ['profiles/worker.svg', flameGraph('ims-ferry work, 3,000 images', worker.cpu)],
    ]),
  };
}

async function recordProducer({ folder, path, scale }: Ground): Promise<Recording> {
  const { files } = await writeOrders(folder, Math.round(SUBMITTED * scale));
  const into = join(folder, 'producer');
  const redis = await benchRedis(path);
  try {
    const env = { PATH: path, REDIS_URL: redis.url, ...recorded(into) };
    await watched([CLI, 'submit', ...files], env);
  } finally {
    await redis.close();
  }
  return readRecording(into);
}

async function recordWorker({ folder, path, scale }: Ground): Promise<Recording> {
  const into = join(folder, 'worker');
  const images = Math.max(200, Math.round(IMPORTED * scale));
  await ferryRun({ folder, path, images, ofWorkers: recorded(into) });
  return readRecording(into);
}

function tables(command: string, { cpu, heap }: Recording): readonly Table[] {
  const modules = largest(cpu, ({ module }) => module, MOST);
  const functions = largest(cpu, ({ label }) => label, MOST);
  const allocations = largest(heap, ({ label }) => label, MOST);
  return [
    table(`${command}: own time by package and folder`, 'ms', rowsOf(modules, 1)),
    table(`${command}: own time by function`, 'ms', rowsOf(functions, 1)),
    table(`${command}: allocations by function`, 'MB', rowsOf(allocations, 2 ** 20)),
  ];
}

function table(caption: string, unit: string, rows: Table['rows']): Table {
  return { caption, columns: ['', unit, 'share'], rows };
}

function rowsOf(shares: readonly Share[], unit: number): Table['rows'] {
  return shares.map(({ name, self, share }) => [
    `\`${name}\``,
    rounded(self / unit, 0),
    `${rounded(share * 100, 1)} %`,
  ]);
}
