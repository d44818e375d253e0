import type { DurationFit } from './fit-durations.ts';
import { type Duration, schedule, type Workload, waveOf } from './schedule.ts';

/** How long it takes until something is done, from now on. Four times in five it is within the bounds. */
export interface Estimate {
  readonly ms: number;
  readonly plusMinusMs: number;
}

export function durationOf({ mean, sigma, meanError }: DurationFit): Duration {
  return { forecast: { medianMs: Math.exp(mean), sigma }, medianError: meanError };
}

/** Standard normal quantiles: the scenarios of one forecast differ by what may be wrong about the durations. */
const BIASES = [-1.6, -1.1, -0.8, -0.5, -0.25, 0, 0.25, 0.5, 0.8, 1.1, 1.6];
/** Four of five. */
const BOUND = 1.28;
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
  const all = BIASES.map((bias, number) => ({ bias, number }));
  if (starts * all.length <= MAX_STARTS) return all;
  return all.filter(({ number }) => number % 5 === 0);
}

function summarized(ends: readonly number[]): Estimate {
  const sorted = ends.toSorted((a, b) => a - b);
  const ms = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const mean = ends.reduce((sum, end) => sum + end, 0) / Math.max(1, ends.length);
  const variance = ends.reduce((sum, end) => sum + (end - mean) ** 2, 0) / Math.max(1, ends.length);
  const least = LEAST_ERROR.ms + LEAST_ERROR.share * ms;
  return { ms, plusMinusMs: Math.max(least, BOUND * Math.sqrt(variance)) };
}
