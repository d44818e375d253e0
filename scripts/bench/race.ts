import { join } from 'node:path';
import type { Task } from '../../simulator/ims/job-life.ts';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { atMost, LATE, systemClock } from '../../src/shared/runtime/clock.ts';
import { drawnDurations, emptyPlaces, listSchedule } from './bound.ts';
import type { Contender } from './contenders.ts';
import { sizedCloud } from './sizes.ts';

export interface Race {
  readonly contender: Contender;
  readonly images: number;
  readonly limit: number;
  readonly seed: number;
  readonly medianMs: number;
  readonly folder: string;
}

export interface Finish {
  readonly contender: Contender;
  readonly limit: number;
  /** From the start of its processes to their end, divided by the bound. */
  readonly ratio: number;
  /** It was stopped before its end. */
  readonly isStopped: boolean;
  /** Images that it knew to be done. */
  readonly known: number;
  /** Creates beyond the first of each image. */
  readonly doubles: number;
  /** Calls that read a state: jobs, lists, images. */
  readonly statusCalls: number;
  readonly throttled: number;
  /** Seconds that a place stayed empty, on average. */
  readonly emptyFor: number;
}

/** A contender that needs this much longer than the bound is stopped. */
const LONGEST = 1.5;
/** In a quick look some pauses are longer than the whole race. */
const SHORTEST_LIMIT_MS = 120_000;
const SIGMA = 0.4;
const STATUS_CALLS = ['job', 'list', 'image'] as const;

/** Runs one contender to its end in a cloud of its own; calls `underWay` when its first image is accepted. */
export async function runRace(race: Race, underWay: () => void): Promise<Finish> {
  const { contender, images, limit } = race;
  const settings = cloudOf(race);
  const expected = drawnDurations(settings, images);
  const simulator = await startSimulator(settings);
  const name = `${contender.name}-${limit}-${race.seed}`.replaceAll(/[^a-z0-9]+/gi, '-');
  const runner = await contender.start({ ...race, simulator, folder: join(race.folder, name) });
  void untilAccepted(simulator).then(underWay);
  try {
    const longestMs = Math.max(SHORTEST_LIMIT_MS, LONGEST * listSchedule(expected, limit));
    const known = await atMost(systemClock, longestMs, runner.ended);
    const tookMs = systemClock.now() - runner.startedAt;
    // With sizes the durations depend on which image was accepted first, too.
    const durations = contender.isSized ? tasksOf(simulator).map(lengthOf) : expected;
    const ratio = tookMs / listSchedule(durations, limit);
    if (!contender.isSized) assertSame(simulator, expected);
    const isStopped = known === LATE;
    const counted = { isStopped, known: isStopped ? 0 : known, ...figures(simulator, limit) };
    return { contender, limit, ratio, ...counted };
  } finally {
    await runner.stop();
    await simulator.close();
  }
}

async function untilAccepted({ accepted }: Simulator): Promise<void> {
  const giveUpAt = systemClock.monotonic() + SHORTEST_LIMIT_MS;
  while (accepted.length === 0 && systemClock.monotonic() < giveUpAt) await systemClock.sleep(100);
}

function cloudOf(race: Race): SimulatorSettings {
  const { contender, limit, seed, medianMs } = race;
  return {
    seed,
    durationMs: { median: medianMs, sigma: SIGMA },
    latencyMs: 150,
    rateLimitPerSecond: 5,
    taskLimit: limit,
    ...contender.cloud,
    ...(contender.isSized ? sizedCloud(race) : {}),
  };
}

/** All contenders must have had the same work. */
function assertSame(simulator: Simulator, durations: readonly number[]): void {
  for (const [index, task] of tasksOf(simulator).entries()) {
    if (Math.abs(lengthOf(task) - (durations[index] ?? Number.NaN)) < 1) continue;
    throw new Error(`import ${index + 1} did not take the time that the bound assumes`);
  }
}

function lengthOf({ startsAt, endsAt }: Task): number {
  return endsAt - startsAt;
}

function tasksOf({ accepted, state }: Simulator) {
  return accepted.flatMap(({ job_id }) => state.cloud.tasks.get(job_id) ?? []);
}

function figures(simulator: Simulator, limit: number) {
  const { accepted, stats } = simulator;
  const work = tasksOf(simulator).map(({ startsAt, endsAt }) => ({ from: startsAt, to: endsAt }));
  const empty = emptyPlaces(work, limit);
  const emptyMs = empty.reduce((sum, ms) => sum + ms, 0) / Math.max(1, empty.length);
  return {
    doubles: accepted.length - new Set(accepted.map(({ name }) => name)).size,
    statusCalls: STATUS_CALLS.reduce((sum, name) => sum + (stats.calls[name] ?? 0), 0),
    throttled: stats.throttled,
    emptyFor: emptyMs / 1000,
  };
}
