import type { Forecast, Learned } from './forecast.ts';
import { SCENARIOS } from './schedule.ts';

/** What is known of how long the imports of a class take, in milliseconds from their submission. */
export interface DurationFacts {
  /** Of earlier batches, and of those that ended lately as well. */
  readonly learned?: Learned;
  /** Imports that ended lately, and what the progress of running ones predicts. */
  readonly ended: readonly number[];
  /** How long those have taken so far that are still running: each will take longer than that. */
  readonly running: readonly number[];
}

export interface DurationFit {
  /** What the durations may be, from the quickest to the slowest: one for each scenario, all as likely. */
  readonly courses: readonly Forecast[];
  /** How far the mean duration may be off: standard deviation of its logarithm. */
  readonly meanError: number;
}

/** Fewer imports than this say nothing. */
const SAMPLES_WANTED = 3;
/** Where fewer have ended for each one that runs, those are the quickest, and how slow the others are is a guess. */
const ENDED_PER_RUNNING = 0.5;
const LEARNED_MAX_WEIGHT = 20;
/** The cloud may be so much slower or quicker today than when those ended: standard deviation of the logarithm. */
const DRIFT = 0.1;
/** Of more running imports this number stands for all. */
const MAX_RUNNING = 60;
/** Spreads that are tried, and how likely each is before anything is known. */
const SPREADS: readonly (readonly [sigma: number, weight: number])[] = [
  [0.03, 0.2],
  [0.05, 0.3],
  [0.08, 0.5],
  [0.12, 0.7],
  [0.2, 1],
  [0.3, 1],
  [0.45, 1],
  [0.7, 0.7],
  [1.1, 0.3],
];
/** Means that are tried with each spread, in standard deviations from the likeliest: much slower is likelier than much quicker. */
const MEANS = [-2.5, -1.75, -1, -0.5, 0, 0.5, 1, 1.75, 2.5, 3.5, 5];

/** Imports that are over, by the logarithm. */
interface Over {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
  readonly drift: number;
}

/** Imports that run, by the logarithm of the time so far; each counts `weight` times. */
interface Running {
  readonly logs: readonly number[];
  readonly weight: number;
}

interface Candidate {
  readonly mean: number;
  readonly sigma: number;
  readonly weight: number;
}

/**
 * The log-normal durations that may be behind what has ended and what still runs; `undefined` where too little is
 * known. The first imports that end are the quickest: those that run are observations as well, each of more than
 * its time so far.
 */
export function fitDurations(facts: DurationFacts): DurationFit | undefined {
  const over = overOf(facts);
  const known = over.reduce((sum, { count }) => sum + count, 0);
  const wanted = Math.min(LEARNED_MAX_WEIGHT, ENDED_PER_RUNNING * facts.running.length);
  if (known < Math.max(SAMPLES_WANTED, wanted)) return undefined;
  const running = runningOf(facts.running);
  const tried = SPREADS.flatMap(([sigma, weight]) => {
    const { mean, error } = likeliest(over, running, sigma);
    return MEANS.map((off, at) => {
      const one = { mean: mean + off * error, sigma };
      const width = error * ((MEANS[at + 1] ?? off) - (MEANS[at - 1] ?? off));
      return { ...one, log: logLikelihood(over, running, one) + Math.log(weight * width) };
    });
  });
  const best = Math.max(...tried.map(({ log }) => log));
  return summarized(tried.map((one) => ({ ...one, weight: Math.exp(one.log - best) })));
}

function overOf({ learned, ended }: DurationFacts): readonly Over[] {
  const logs = ended.map((ms) => Math.log(Math.max(1, ms)));
  const count = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / Math.max(1, count);
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, count);
  // What ended lately was learned as well: it must not count twice.
  const older = Math.min(LEARNED_MAX_WEIGHT, (learned?.samples ?? 0) - count);
  const lately = count > 0 ? [{ count, mean, variance, drift: 0 }] : [];
  return learned && older > 0 ? [...lately, { ...learned, count: older, drift: DRIFT }] : lately;
}

function runningOf(times: readonly number[]): Running {
  const logs = times.map((ms) => Math.log(Math.max(1, ms))).sort((a, b) => a - b);
  if (logs.length <= MAX_RUNNING) return { logs, weight: 1 };
  const step = logs.length / MAX_RUNNING;
  const some = Array.from({ length: MAX_RUNNING }, (_, at) => logs[Math.floor(at * step)] ?? 0);
  return { logs: some, weight: step };
}

const NEWTON_STEPS = 12;
const CLOSE = 1e-4;
/** A single import that runs on and on (it is stuck) must not outweigh all others. */
const LEAST_SURVIVAL = 8;

const slopeOf = (sigma: number): number => Math.PI / Math.sqrt(3) / sigma;

/** How sure the mean is that imports which are over give. */
const precisionOf = ({ count, drift }: Over, sigma: number): number =>
  1 / (sigma ** 2 / count + drift ** 2);

/** The most likely mean for one spread. An import that runs counts by the chance that it takes longer. */
function likeliest(over: readonly Over[], { logs, weight }: Running, sigma: number) {
  const slope = slopeOf(sigma);
  const sure = over.map((one) => ({ mean: one.mean, precision: precisionOf(one, sigma) }));
  const precision = sure.reduce((sum, one) => sum + one.precision, 0);
  const mean = sure.reduce((sum, one) => sum + one.mean * one.precision, 0) / precision;
  let at = mean;
  let curvature = precision;
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let pull = (mean - at) * precision;
    curvature = precision;
    for (const log of logs) {
      const over = Math.min(LEAST_SURVIVAL, slope * (log - at));
      const share = 1 / (1 + Math.exp(-over));
      if (over < LEAST_SURVIVAL) pull += weight * slope * share;
      curvature += weight * slope ** 2 * share * (1 - share);
    }
    at += Math.max(-1, Math.min(1, pull / curvature));
    if (Math.abs(pull / curvature) < CLOSE) break;
  }
  return { mean: at, error: 1 / Math.sqrt(curvature) };
}

function logLikelihood(
  over: readonly Over[],
  { logs, weight }: Running,
  tried: { readonly mean: number; readonly sigma: number },
): number {
  const { sigma } = tried;
  const ended = over.reduce((sum, one) => {
    const { count, mean, variance } = one;
    const precision = precisionOf(one, sigma);
    const apart = (count * variance) / sigma ** 2 + precision * (mean - tried.mean) ** 2;
    return sum - (count - 1) * Math.log(sigma) + (Math.log(precision) - apart) / 2;
  }, 0);
  const slope = slopeOf(sigma);
  const outlasted = logs.reduce(
    (sum, log) => sum + Math.log1p(Math.exp(Math.min(LEAST_SURVIVAL, slope * (log - tried.mean)))),
    0,
  );
  return ended - weight * outlasted;
}

/** Of the logarithm, where the durations themselves are averaged. */
const meanOf = ({ mean, sigma }: Candidate): number => mean + sigma ** 2 / 2;

/** Splits the candidates, from the quickest to the slowest, into equally likely parts. */
function summarized(candidates: readonly Candidate[]): DurationFit {
  const sorted = candidates.toSorted((a, b) => meanOf(a) - meanOf(b));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const average = (of: (one: Candidate) => number): number =>
    sorted.reduce((sum, one) => sum + (of(one) * one.weight) / total, 0);
  const middle = average(meanOf);
  const meanError = Math.sqrt(average((one) => (meanOf(one) - middle) ** 2));
  const parts = SCENARIOS.map(() => ({ mean: 0, square: 0 }));
  let before = 0;
  for (const { mean, sigma, weight } of sorted) {
    const [from, to] = [before, before + (weight / total) * parts.length];
    for (const [at, part] of parts.entries()) {
      const share = Math.max(0, Math.min(to, at + 1) - Math.max(from, at));
      part.mean += share * mean;
      part.square += share * sigma ** 2;
    }
    before = to;
  }
  const courses = parts.map(({ mean, square }) => ({
    medianMs: Math.exp(mean),
    sigma: Math.sqrt(square),
  }));
  return { courses, meanError };
}
