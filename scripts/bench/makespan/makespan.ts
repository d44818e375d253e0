import type { Bench, Findings, Ground } from '../bench.ts';
import { CONTENDERS } from './contenders.ts';
import { underWatch } from './load-watch.ts';
import { assertPrograms } from './programs.ts';
import { type Finish, type Race, runRace } from './race.ts';
import { report } from './report.ts';

const IMAGES = 300;
const LIMITS = [20, 40];
const SEEDS = [1, 2];
const MEDIAN_MS = 120_000;

export const makespan: Bench = {
  name: 'makespan',
  title: 'How long 300 images take, and what else one could write',
  about:
    'In real time: 300 images, 20 or 40 in flight, each import log-normal around two minutes (sigma 0.4), 150 ms for each request, and a gateway that answers 429 beyond five requests a second. All contenders have the same durations, one after the other as IMS accepts them, and a cloud of their own. The bound is list scheduling: the next image begins in the moment in which a place is free, and nothing else takes any time.',
  run,
};

async function run(ground: Ground): Promise<Findings> {
  assertPrograms(ground.path, ['bash', 'curl', 'jq', 'xargs']);
  const images = Math.max(60, Math.round(IMAGES * ground.scale));
  const medianMs = Math.max(5000, MEDIAN_MS * ground.scale);
  // Those that take longest start first.
  const races = LIMITS.flatMap((limit) =>
    SEEDS.flatMap((seed) =>
      CONTENDERS.map((contender): Race => ({ contender, limit, seed, images, medianMs, ground })),
    ),
  );
  const [finishes, load] = await underWatch(() => allSideBySide(races, ground));
  return report({ finishes, images, limits: LIMITS, load });
}

/** One after the other is started: dozens of processes that start at once would hold up each other. */
async function allSideBySide(races: readonly Race[], { say }: Ground): Promise<readonly Finish[]> {
  const finishes: Promise<Finish>[] = [];
  for (const race of races) {
    await new Promise<void>((underWay, fail) => {
      const finish = runRace(race, underWay);
      finish.then((is) => say(lineOf(race, is)), fail);
      finishes.push(finish);
    });
  }
  return Promise.all(finishes);
}

function lineOf({ contender, limit, seed }: Race, finish: Finish): string {
  const { isStopped, ratio, known, made, doubles, requests, throttled } = finish;
  const end = `${isStopped ? 'stopped' : 'ended'} at ${ratio.toFixed(3)}`;
  const times = `first after ${finish.firstAfter.toFixed(1)} s, empty ${finish.emptyFor.toFixed(1)} s`;
  const counts = `${known} known, ${made} made, ${doubles} twice, ${throttled} of ${requests} throttled`;
  return `limit ${limit}, seed ${seed}, ${contender.name}: ${end}, ${times}, ${counts}`;
}
