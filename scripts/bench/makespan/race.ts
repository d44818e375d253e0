import { join } from 'node:path';
import type { SimulatorSettings } from '../../../simulator/settings.ts';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import type { Ground } from '../bench.ts';
import { mean } from '../figures.ts';
import { emptyPlaces, listSchedule } from './bound.ts';
import type { Contender } from './contenders.ts';
import { drawnDurations } from './durations.ts';

export interface Race {
  readonly contender: Contender;
  readonly images: number;
  readonly limit: number;
  readonly seed: number;
  readonly medianMs: number;
  readonly ground: Pick<Ground, 'folder' | 'path'>;
}

export interface Finish {
  readonly contender: Contender;
  readonly limit: number;
  /** Time from the start of its processes to their end, to the bound. */
  readonly ratio: number;
  /** It was stopped before its end. */
  readonly isStopped: boolean;
  /** Images that it knew to be done. */
  readonly known: number;
  /** Images that IMS has made. */
  readonly made: number;
  /** Images that IMS has made more than once. */
  readonly doubles: number;
  readonly requests: number;
  readonly throttled: number;
  /** Seconds until IMS had accepted its first image. */
  readonly firstAfter: number;
  /** Seconds until it had first filled all places. */
  readonly filledAfter: number;
  /** Seconds that a place stayed empty, in the mean. */
  readonly emptyFor: number;
}

/** Who needs so much longer than the bound is not waited for. */
const LONGEST = 1.5;
/** Of a quick look, which is shorter than some pauses. */
const LEAST_MS = 120_000;
const SIGMA = 0.4;

/** Lets one contender run to its end, in a cloud of its own; says when its first image is under way. */
export async function runRace(race: Race, underWay: () => void): Promise<Finish> {
  const { contender, images, limit, ground } = race;
  const settings = cloudOf(race);
  const durations = drawnDurations(settings, images);
  const boundMs = listSchedule(durations, limit);
  const simulator = await startSimulator(settings);
  const name = `${contender.name}-${limit}-${race.seed}`.replaceAll(/[^a-z0-9]+/gi, '-');
  const folder = join(ground.folder, name);
  const runner = await contender.start({ simulator, images, limit, folder, path: ground.path });
  const { startedAt } = runner;
  void untilUnderWay(simulator).then(underWay);
  try {
    const known = await endOr(runner.ended, Math.max(LEAST_MS, LONGEST * boundMs));
    const ratio = (systemClock.now() - startedAt) / boundMs;
    assertSame(simulator, durations);
    const seen = figures(simulator, { limit, startedAt });
    return { contender, limit, ratio, isStopped: known === undefined, known: known ?? 0, ...seen };
  } finally {
    await runner.stop();
    await simulator.close();
  }
}

const LOOK_MS = 100;

/** Until IMS has its first image; not longer than most need. */
async function untilUnderWay({ accepted }: Simulator): Promise<void> {
  const giveUpAt = systemClock.monotonic() + LEAST_MS;
  while (accepted.length === 0 && systemClock.monotonic() < giveUpAt) {
    await systemClock.sleep(LOOK_MS);
  }
}

function cloudOf({ contender, limit, seed, medianMs }: Race): SimulatorSettings {
  return {
    seed,
    durationMs: { median: medianMs, sigma: SIGMA },
    latencyMs: 150,
    rateLimitPerSecond: 5,
    taskLimit: limit,
    ...contender.cloud,
  };
}

/** `undefined` when the time was over first. */
async function endOr(ended: Promise<number>, ms: number): Promise<number | undefined> {
  const over = new AbortController();
  const late = systemClock.sleep(ms, over.signal).then(() => undefined);
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}

/** All contenders must have had the same work. */
function assertSame(simulator: Simulator, durations: readonly number[]): void {
  for (const [index, task] of tasksOf(simulator).entries()) {
    if (Math.abs(task.endsAt - task.startsAt - (durations[index] ?? Number.NaN)) < 1) continue;
    throw new Error(`import ${index + 1} took another time than for the bound`);
  }
}

function tasksOf({ accepted, state }: Simulator) {
  return accepted.flatMap(({ job_id }) => state.cloud.tasks.get(job_id) ?? []);
}

function figures(
  simulator: Simulator,
  { limit, startedAt }: { readonly limit: number; readonly startedAt: number },
) {
  const { accepted, stats } = simulator;
  const made = new Set(accepted.map(({ name }) => name)).size;
  const work = tasksOf(simulator).map(({ startsAt, endsAt }) => ({ from: startsAt, to: endsAt }));
  const firstAt = accepted[0]?.at ?? startedAt;
  const filledAt = accepted[Math.min(limit, accepted.length) - 1]?.at ?? startedAt;
  return {
    made,
    doubles: accepted.length - made,
    requests: Object.values(stats.calls).reduce((sum, calls) => sum + calls, 0),
    throttled: stats.throttled,
    firstAfter: (firstAt - startedAt) / 1000,
    filledAfter: (filledAt - startedAt) / 1000,
    emptyFor: mean(emptyPlaces(work, limit)) / 1000,
  };
}
