/**
 * How long an import takes in all, as far as can be predicted: log-logistic, which is close to log-normal and
 * easy to compute with.
 */
export interface Forecast {
  /** Half of such imports are over by then, in milliseconds from acceptance. */
  readonly medianMs: number;
  /** Standard deviation of the logarithm: 0.1 is about a tenth more or less. */
  readonly sigma: number;
}

/** Logarithms of the bytes of a file, and of the disk in it; the same twice where only the file is known. */
export type Sizes = readonly [file: number, disk: number];

/** How the sizes of earlier imports varied, and their durations with them. */
interface SizeSums {
  readonly means: Sizes;
  /** Variance of the first, covariance of both, variance of the second. */
  readonly spread: readonly [number, number, number];
  /** Covariance of each with the logarithm of the duration. */
  readonly shared: Sizes;
}

/** How long earlier imports of a class took. */
export interface Learned {
  readonly samples: number;
  /** Of the logarithm of milliseconds. */
  readonly mean: number;
  readonly variance: number;
  /** Of a class with files of all sizes. */
  readonly sizes?: SizeSums;
}

/** What is known of one import so far. */
interface Observation {
  readonly elapsedMs: number;
  /** 0 to 1. IMS: `process_percent`, which many jobs do not have. */
  readonly progress?: number;
}

const SAMPLES_WANTED = 3;
const LEAST_SIGMA = 0.03;
/** With a wider spread nothing is known at all. */
const WIDEST_SIGMA = 5;
/** A hundred years: what is computed from it stays a number. */
const LONGEST_MS = 3e12;
/** Less progress than this does not show the speed. */
const LEAST_PROGRESS = 0.05;

/** The import's own progress counts most, then what similar ones took; `undefined` without either. */
export function forecast(
  observed: Observation,
  learned: Learned | undefined,
): Forecast | undefined {
  const { elapsedMs, progress } = observed;
  if (progress !== undefined && progress >= LEAST_PROGRESS && progress <= 1) {
    const sigma = 0.01 + 0.12 * (1 - progress);
    return corrected({ medianMs: elapsedMs / progress, sigma }, observed);
  }
  if (learned === undefined || learned.samples < SAMPLES_WANTED) return undefined;
  // A spread computed from few samples is too small more often than too large.
  const widened = Math.sqrt(learned.variance) * (1 + 2 / learned.samples);
  const sigma = Math.max(LEAST_SIGMA, widened);
  return corrected({ medianMs: Math.exp(learned.mean), sigma }, observed);
}

/** An import that runs far longer than predicted proves that the forecast was too sure. */
export function corrected(forecast: Forecast, { elapsedMs }: Observation): Forecast {
  // Progress in no time at all would lead to a division by zero from here on.
  const medianMs = Math.min(LONGEST_MS, Math.max(1, forecast.medianMs));
  const beyond = Math.log(Math.max(1, elapsedMs) / medianMs) / 2.5;
  return { medianMs, sigma: Math.min(WIDEST_SIGMA, Math.max(forecast.sigma, beyond)) };
}

/** Milliseconds until a share (0 to 1) of the imports that are still running at `elapsedMs` is over. */
export function remainingMs(
  { medianMs, sigma }: Forecast,
  elapsedMs: number,
  share: number,
): number {
  const slope = Math.PI / Math.sqrt(3) / sigma;
  const odds = (elapsedMs / medianMs) ** slope;
  // Where the odds are astronomic the import is as good as over.
  if (!Number.isFinite(odds)) return 0;
  const total = medianMs * ((1 + odds) / (1 - share) - 1) ** (1 / slope);
  return Math.min(LONGEST_MS, Math.max(0, total - elapsedMs));
}
