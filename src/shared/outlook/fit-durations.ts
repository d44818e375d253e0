import type { Learned } from './forecast.ts';

/** What is known of how long the imports of a class take, in milliseconds from their submission. */
export interface DurationFacts {
  /** Of earlier batches, too. */
  readonly learned?: Learned;
  /** Imports that ended lately, and what the progress of running ones predicts. */
  readonly ended: readonly number[];
  /** How long those have taken so far that are still running: each will take longer than that. */
  readonly running: readonly number[];
}

/** Log-normal durations: the logarithm has this mean and spread, and the mean itself is uncertain. */
export interface DurationFit {
  readonly mean: number;
  readonly sigma: number;
  readonly meanError: number;
}

/** Fewer imports than this say nothing. */
const SAMPLES_WANTED = 3;
/** From this many recent imports on, older ones no longer count: the cloud may be slower today. */
const RECENT_WANTED = 8;
const LEARNED_MAX_WEIGHT = 20;
/** Running imports that are looked at: more change nothing. */
const MAX_RUNNING = 60;
/** Spreads that are tried, and how likely each is before anything is known. */
const SPREADS: readonly (readonly [sigma: number, weight: number])[] = [
  [0.03, 0.5],
  [0.05, 0.8],
  [0.08, 1],
  [0.12, 1],
  [0.2, 1],
  [0.3, 0.8],
  [0.45, 0.6],
  [0.7, 0.4],
  [1.1, 0.2],
];

interface Sums {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * The durations that explain best what has ended and what still runs; `undefined` where too little is known. The
 * first imports that end are the quickest: the mean of these alone would be far too small.
 */
export function fitDurations(facts: DurationFacts): DurationFit | undefined {
  const known = sumsOf(facts);
  if (known.count < SAMPLES_WANTED) return undefined;
  const running = thinned(facts.running.map((ms) => Math.log(Math.max(1, ms))));
  const fits = SPREADS.map(([sigma, weight]) => ({
    sigma,
    ...likeliest(known, running, sigma),
    weight,
  }));
  const best = Math.max(...fits.map(({ likelihood }) => likelihood));
  const weights = fits.map(({ likelihood, weight }) => weight * Math.exp(likelihood - best));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const averageOf = (value: (fit: (typeof fits)[number]) => number): number =>
    fits.reduce((sum, fit, at) => sum + (value(fit) * (weights[at] ?? 0)) / total, 0);
  const mean = averageOf((fit) => fit.mean);
  const meanError = Math.sqrt(averageOf((fit) => fit.error ** 2 + (fit.mean - mean) ** 2));
  return { mean, sigma: Math.sqrt(averageOf(({ sigma }) => sigma ** 2)), meanError };
}

function sumsOf({ learned, ended }: DurationFacts): Sums {
  const logs = ended.map((ms) => Math.log(Math.max(1, ms)));
  const count = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / Math.max(1, count);
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, count);
  if (learned === undefined || count >= RECENT_WANTED) return { count, mean, variance };
  const older = Math.min(LEARNED_MAX_WEIGHT, learned.samples);
  const both = count + older;
  const shared = (count * mean + older * learned.mean) / Math.max(1, both);
  const squares =
    count * (variance + (mean - shared) ** 2) +
    older * (learned.variance + (learned.mean - shared) ** 2);
  return { count: both, mean: shared, variance: squares / Math.max(1, both) };
}

function thinned(logs: readonly number[]): readonly number[] {
  if (logs.length <= MAX_RUNNING) return logs;
  const sorted = logs.toSorted((a, b) => a - b);
  const step = sorted.length / MAX_RUNNING;
  return Array.from({ length: MAX_RUNNING }, (_, at) => sorted[Math.floor(at * step)] ?? 0);
}

const NEWTON_STEPS = 12;
/** A single import that runs on and on (it is stuck) must not outweigh all others. */
const LEAST_SURVIVAL = 8;

/** The most likely mean for one spread. An import that runs counts by the chance that it takes longer. */
function likeliest({ count, mean, variance }: Sums, running: readonly number[], sigma: number) {
  const slope = Math.PI / Math.sqrt(3) / sigma;
  let at = mean;
  let curvature = count / sigma ** 2;
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let pull = (count * (mean - at)) / sigma ** 2;
    curvature = count / sigma ** 2;
    for (const log of running) {
      const over = Math.min(LEAST_SURVIVAL, slope * (log - at));
      const share = 1 / (1 + Math.exp(-over));
      if (over < LEAST_SURVIVAL) pull += slope * share;
      curvature += slope ** 2 * share * (1 - share);
    }
    at += Math.max(-1, Math.min(1, pull / curvature));
  }
  let likelihood =
    -count * Math.log(sigma) - (count * (variance + (mean - at) ** 2)) / 2 / sigma ** 2;
  for (const log of running)
    likelihood -= Math.log1p(Math.exp(Math.min(LEAST_SURVIVAL, slope * (log - at))));
  return {
    mean: at,
    error: 1 / Math.sqrt(curvature),
    likelihood: likelihood - Math.log(curvature) / 2,
  };
}
