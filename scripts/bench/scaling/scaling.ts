import type { Bench, Findings, Ground, Verdict } from '../bench.ts';
import { type FerryRun, ferryRun } from '../engine/ferry-run.ts';
import { rounded } from '../figures.ts';
import { coldLogins } from './cold-logins.ts';

const SIZES = [1000, 10_000, 100_000];
/** Before so many are done a worker still compiles what it runs. */
const WARM_UP = 500;
/** Of each size, at most so many are measured while all others wait. */
const MEASURED = 5000;
const WORKERS = [1, 2, 4, 8];
const WORKER_IMAGES = 5000;
const COLD = 50;
const TOLERANCE = 0.2;

export const scaling: Bench = {
  name: 'scaling',
  title: 'From a thousand images to a hundred thousand, and from one worker to fifty',
  about:
    'What an image costs one worker against an instant cloud, by how many were enqueued: after the first 500 up to 5,000 are measured, while the others wait; how much faster several workers are on this machine; and how often fifty workers that start at once over an empty Redis log in, until every one of them is ready.',
  run,
};

async function run(ground: Ground): Promise<Findings> {
  const { folder, path, say, scale } = ground;
  const one = (images: number, workers: number, warmUp = 0): Promise<FerryRun> => {
    say(`${images} images, ${workers} workers`);
    const measured = Math.min(images - warmUp, MEASURED);
    return ferryRun({ folder, path, images, warmUp, measured, workers });
  };
  const idle = await one(1, 1);
  const sizes: FerryRun[] = [];
  for (const size of SIZES) {
    sizes.push(await one(Math.max(2 * WARM_UP, Math.round(size * scale)), 1, WARM_UP));
  }
  const fleets: FerryRun[] = [];
  const images = Math.max(200, Math.round(WORKER_IMAGES * scale));
  for (const workers of WORKERS) fleets.push(await one(images, workers));
  say(`${COLD} cold workers`);
  const logins = await coldLogins({ folder, path, workers: COLD });
  return report({ idle, sizes, fleets, logins });
}

interface Runs {
  readonly idle: FerryRun;
  readonly sizes: readonly FerryRun[];
  readonly fleets: readonly FerryRun[];
  /** Of the cold workers together. */
  readonly logins: number;
}

function report({ idle, sizes, fleets, logins }: Runs): Findings {
  const cpu = (is: FerryRun): number => (is.cpuSeconds * 1000) / is.images;
  const commands = (is: FerryRun): number => is.redisCommands / is.images;
  const beyondStart = (is: FerryRun): number => (is.redisCommands - idle.redisCommands) / is.images;
  const alone = fleets[0]?.seconds ?? 0;
  return {
    tables: [
      {
        caption: 'Cost an image, one worker that has imported 500',
        columns: ['images', 'processor time, ms', 'Redis commands', 'images/s', 'peak memory, MB'],
        rows: sizes.map((is, index) => [
          String(SIZES[index]),
          rounded(cpu(is)),
          rounded(commands(is), 1),
          rounded(is.images / is.seconds, 0),
          rounded(is.peakMb, 0),
        ]),
      },
      {
        caption: `${fleets[0]?.images} images, several workers on one machine`,
        columns: ['workers', 'seconds', 'to one worker', 'Redis commands an image'],
        rows: fleets.map((is, index) => [
          String(WORKERS[index]),
          rounded(is.seconds, 1),
          rounded(alone / is.seconds),
          rounded(beyondStart(is), 1),
        ]),
      },
    ],
    verdicts: [
      steady('Redis commands', sizes.map(commands)),
      steady('processor time', sizes.map(cpu)),
      {
        goal: `${COLD} cold workers, one login`,
        isMet: logins === 1,
        seen: `${logins}.`,
      },
    ],
    notes: NOTES,
  };
}

const NOTES = [
  'The stand-in cloud and Redis share the two processors with the workers: more workers than one are held up by them. Of a thousand images 500 are measured, of the others 5,000, all while the rest waits: what ten times the waiting images cost, not what ten times the finished ones do. Processor time falls with their number, it does not grow: 500 images are too few for a worker to have compiled everything.',
];

function steady(what: string, costs: readonly number[]): Verdict {
  const growth = Math.max(...costs) / Math.min(...costs) - 1;
  return {
    goal: `${what} an image within 20 % from a thousand to a hundred thousand`,
    isMet: growth <= TOLERANCE,
    seen: `${rounded(100 * growth, 1)} %.`,
  };
}
