import { join } from 'node:path';
import { runFerry } from '../../soak/ferry-process.ts';
import { writeOrders } from '../../soak/orders.ts';
import type { Bench, Findings, Ground } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { rounded } from '../figures.ts';
import { RedisProbe } from '../redis-probe.ts';
import { finishImages } from './finish-images.ts';

const QUEUED = 50_000;
const FINISHED = [10_000, 100_000, 1_000_000];
const QUEUED_GOAL = 2500;
const FINISHED_GOAL = 1000;

export const memory: Bench = {
  name: 'memory',
  title: 'Memory of Redis',
  about:
    '`used_memory` of an empty Redis before, and after: images that wait in the queue (ledger and BullMQ), and images that have succeeded (ledger alone; of finished queue jobs BullMQ keeps 2,000 a queue).',
  run,
};

async function run(ground: Ground): Promise<Findings> {
  const rows: (readonly string[])[] = [];
  const queued = await measure(ground, QUEUED, submitted);
  rows.push(['waiting in the queue', ...queued.row]);
  let finished = queued;
  for (const images of FINISHED) {
    finished = await measure(ground, images, (probe, { count }) => finishImages(probe, count));
    rows.push(['finished', ...finished.row]);
  }
  return {
    tables: [{ caption: 'Redis', columns: ['', 'images', 'bytes an image', 'in all, MB'], rows }],
    verdicts: [
      {
        goal: 'at most 2.5 KB a queued image',
        isMet: queued.bytes <= QUEUED_GOAL,
        seen: `${rounded(queued.bytes / 1000)} KB.`,
      },
      {
        goal: 'at most 1 KB a finished one',
        isMet: finished.bytes <= FINISHED_GOAL,
        seen: `${rounded(finished.bytes / 1000)} KB.`,
      },
    ],
    notes: [
      'These images have a name, a source and a disk size; descriptions and tags come on top, letter by letter. A finished image keeps its request, its outcome and its story of about 200 bytes. Redis packs them together where `hash-max-listpack-value` allows it, as here; with its default of 64 bytes it takes about 1.7 KB. Fewer images share what does not grow with them: the scripts, and the feed of the latest 10,000 changes.',
    ],
  };
}

interface Wanted {
  readonly ground: Ground;
  readonly url: string;
  readonly count: number;
}

interface Measured {
  readonly bytes: number;
  readonly row: readonly string[];
}

async function measure(
  ground: Ground,
  images: number,
  work: (probe: RedisProbe, wanted: Wanted) => Promise<void>,
): Promise<Measured> {
  const count = Math.max(1000, Math.round(images * ground.scale));
  ground.say(`${count} images`);
  const redis = await benchRedis(ground.path);
  const probe = new RedisProbe(redis.url);
  try {
    const before = await probe.memory();
    await work(probe, { ground, url: redis.url, count });
    const used = (await probe.memory()) - before;
    const bytes = used / count;
    return { bytes, row: [String(count), rounded(bytes, 0), rounded(used / 1e6, 0)] };
  } finally {
    probe.close();
    await redis.close();
  }
}

async function submitted(_: RedisProbe, { ground, url, count }: Wanted): Promise<void> {
  const { files } = await writeOrders(ground.folder, count);
  const env = { REDIS_URL: url };
  await runFerry({ args: ['submit', ...files], env, logFile: join(ground.folder, 'submit.log') });
}
