import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Findings, Ground, Row } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { rounded } from '../figures.ts';
import { finishImages } from '../memory/finish-images.ts';
import { RedisProbe } from '../redis-probe.ts';
import { watched } from '../watched-process.ts';

const IMAGES = [10_000, 100_000];
const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));
/** Ten times the images may need so many times the memory: a collector that is left behind, no more. */
const GROWTH_GOAL = 1.5;
const STEP_GOAL_MS = 50;

export const archive: Bench = {
  name: 'archive',
  title: 'Archiving a finished batch',
  about:
    'One batch of images that have succeeded, on an empty Redis of its own: `ims-ferry archive` writes it into a file, reads the file back, and takes the batch out of Redis. Whole process; the memory of Redis is `used_memory` beyond an empty one. The longest step is that of one script, during which Redis serves nobody else.',
  run,
};

interface Archived {
  readonly peakMb: number;
  readonly longestMs: number;
  readonly row: Row;
}

async function run(ground: Ground): Promise<Findings> {
  const all: Archived[] = [];
  for (const images of IMAGES) all.push(await measure(ground, Math.round(images * ground.scale)));
  const [small, large] = all.map(({ peakMb }) => peakMb);
  const growth = (large ?? 0) / (small ?? 1);
  const longest = Math.max(...all.map(({ longestMs }) => longestMs));
  const units = ['s', 'processor s', 'process, MB', 'Redis before, MB', 'after, MB', 'file, MB'];
  const columns = ['images', ...units, 'longest step, ms'];
  return {
    tables: [{ caption: '`ims-ferry archive`', columns, rows: all.map(({ row }) => row) }],
    verdicts: [
      {
        goal: `ten times the images need at most ${GROWTH_GOAL} times the memory`,
        isMet: growth <= GROWTH_GOAL,
        seen: `${rounded(growth)} times.`,
      },
      {
        goal: `Redis is held up for at most ${STEP_GOAL_MS} ms at once`,
        isMet: longest <= STEP_GOAL_MS,
        seen: `${rounded(longest, 1)} ms.`,
      },
    ],
    notes: [
      'What stays in Redis are measurements, the feed of the latest 10,000 changes, and what its allocator keeps. The process holds a page at a time: after a collection its heap is as large as before it began.',
    ],
  };
}

async function measure({ folder, path, say }: Ground, images: number): Promise<Archived> {
  say(`${images} images`);
  const redis = await benchRedis(path);
  const probe = new RedisProbe(redis.url);
  try {
    const empty = await probe.memory();
    await finishImages(probe, images, images);
    const before = (await probe.memory()) - empty;
    await probe.client.config('SET', 'slowlog-log-slower-than', '1000', 'slowlog-max-len', '10000');
    await probe.client.slowlog('RESET');
    const to = join(folder, `archive-${images}`);
    const args = [CLI, 'archive', 'batch-1', '--to', to];
    const cost = await watched(args, { PATH: path, REDIS_URL: redis.url });
    const longestMs = await longestStep(probe);
    const after = (await probe.memory()) - empty;
    const [name = ''] = await readdir(to);
    const { size } = await stat(join(to, name));
    const sizes = [before, after, size].map((bytes) => rounded(bytes / 1e6, 1));
    const figures = [cost.seconds, cost.cpuSeconds, cost.peakMb].map((one) => rounded(one, 1));
    const row = [String(images), ...figures, ...sizes, rounded(longestMs, 1)];
    return { peakMb: cost.peakMb, longestMs, row };
  } finally {
    probe.close();
    await redis.close();
  }
}

/** Milliseconds; 0 where none took one. */
async function longestStep({ client }: RedisProbe): Promise<number> {
  const slow = (await client.slowlog('GET', 10_000)) as readonly (readonly unknown[])[];
  return Math.max(0, ...slow.map(([, , micros]) => Number(micros) / 1000));
}
