import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground, Table } from '../bench.ts';
import { rounded } from '../figures.ts';
import { type FerryRun, ferryRun } from './ferry-run.ts';

/** Ten minutes become ten seconds; every setting that is a time is as much shorter. */
const FASTER = 60;
const TEN_MINUTES = 600_000;
/** Before so many are done, which takes longer than two locks, no queue job stays with a worker. */
const WARM_UP = 320;
const MEASURED = 400;
const IN_FLIGHT = 40;

interface Kind {
  readonly what: string;
  readonly tagsVisibleAt: 'init' | 'end';
  readonly jobProgress: boolean;
}

const KINDS: readonly Kind[] = [
  { what: 'lists what is being created', tagsVisibleAt: 'init', jobProgress: false },
  { what: 'tells progress', tagsVisibleAt: 'end', jobProgress: true },
  { what: 'tells nothing', tagsVisibleAt: 'end', jobProgress: false },
];

export interface LongRun {
  readonly what: string;
  readonly commands: number;
  readonly jobReads: number;
  readonly lists: number;
}

/** Imports of ten minutes, forty in flight while the others wait; the three kinds side by side. */
export async function longImports(ground: Ground): Promise<readonly LongRun[]> {
  ground.say(`imports of ten minutes: clouds that ${KINDS.map(({ what }) => what).join('; ')}`);
  return Promise.all(KINDS.map((kind) => longRun(ground, kind)));
}

async function longRun({ folder, path, scale }: Ground, kind: Kind): Promise<LongRun> {
  const { what, ...temper } = kind;
  const measured = Math.max(80, Math.round(MEASURED * scale));
  const simulator = { durationMs: { median: TEN_MINUTES / FASTER, sigma: 0.1 }, ...temper };
  const own = await mkdtemp(join(folder, 'long-'));
  const images = WARM_UP + measured + IN_FLIGHT;
  const of = { folder: own, path, images, warmUp: WARM_UP, measured };
  return report(what, await ferryRun({ ...of, simulator, env: SHORTENED }));
}

const SHORTENED = {
  IMS_FERRY_MAX_IN_FLIGHT: String(IN_FLIGHT),
  IMS_FERRY_SUBMIT_CONCURRENCY: '4',
  IMS_FERRY_POLL_INITIAL_MS: String(30_000 / FASTER),
  IMS_FERRY_POLL_MIN_MS: String(Math.round(5000 / FASTER)),
  IMS_FERRY_POLL_MAX_MS: String(120_000 / FASTER),
  // Not shorter: what a worker does in a quiet minute would count sixty times.
  IMS_FERRY_LOCK_MS: '30000',
  IMS_FERRY_UNKNOWN_POLICY: 'hold',
};

function report(what: string, { images, redisCommands, calls }: FerryRun): LongRun {
  return {
    what,
    commands: redisCommands / images,
    jobReads: (calls['job'] ?? 0) / images,
    lists: (calls['list'] ?? 0) / images,
  };
}

export function longTable(runs: readonly LongRun[]): Table {
  return {
    caption: 'Imports of ten minutes, forty in flight, sixty times faster',
    columns: ['the cloud', 'Redis commands an image', 'job reads', 'lists'],
    rows: runs.map(({ what, commands, jobReads, lists }) => [
      what,
      rounded(commands, 0),
      rounded(jobReads, 1),
      rounded(lists, 1),
    ]),
  };
}
