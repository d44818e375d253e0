import { SCENARIOS, schedule, type Workload, waveOf } from './schedule.ts';

/** How long it takes until something is done, from now on. Nine times in ten it is within the bounds. */
export interface Estimate {
  readonly ms: number;
  readonly plusMinusMs: number;
}

/** Nine of ten. */
const BOUND = 1.64;
/** Polls come later than the end of an image, and no forecast is better than this. */
const LEAST_ERROR = { ms: 20_000, share: 0.05 };
const MAX_STARTS = 22_000;

/** Ten years: a forecast beyond that shows a clock that has jumped, or a number that was damaged. */
const MAX_MS = 10 * 365 * 86_400_000;

/** `undefined` for a time that nobody should be shown. */
export function credible(estimate: Estimate): Estimate | undefined {
  const { ms, plusMinusMs } = estimate;
  return ms <= MAX_MS && plusMinusMs <= MAX_MS ? estimate : undefined;
}

export interface Ends {
  /** Batches without open images are left out. */
  readonly batches: ReadonlyMap<string, Estimate>;
  readonly project: Estimate;
}

/** When each batch is done, and all of them, in milliseconds from now. */
export function forecastEnds(workload: Workload): Ends {
  const runs = scenariosFor(workload).map((scenario) => schedule(workload, scenario));
  const names = new Set(runs.flatMap((run) => [...run.keys()]));
  const endsOf = (name: string): readonly number[] => runs.map((run) => run.get(name) ?? 0);
  return {
    batches: new Map([...names].map((name) => [name, summarized(endsOf(name))])),
    project: summarized(runs.map((run) => Math.max(0, ...run.values()))),
  };
}

function scenariosFor(workload: Workload) {
  const wave = waveOf(workload);
  const starts = workload.queue.reduce((sum, { count }) => sum + Math.min(count, 2 * wave), 1);
  if (starts * SCENARIOS.length <= MAX_STARTS) return SCENARIOS;
  return SCENARIOS.filter(({ number }) => number % 5 === 0);
}

function summarized(ends: readonly number[]): Estimate {
  const sorted = ends.toSorted((a, b) => a - b);
  const ms = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const variance = ends.reduce((sum, end) => sum + (end - ms) ** 2, 0) / Math.max(1, ends.length);
  const least = LEAST_ERROR.ms + LEAST_ERROR.share * ms;
  return { ms, plusMinusMs: Math.max(least, BOUND * Math.sqrt(variance)) };
}
