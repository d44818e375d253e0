/**
 * How long an import takes in all, as far as it can be told: log-logistic, which is about log-normal
 * and can be computed with.
 */
export interface Forecast {
  /** Half of such imports are over by then, in milliseconds from acceptance. */
  readonly medianMs: number;
  /** Standard deviation of the logarithm: 0.1 is about a tenth more or less. */
  readonly sigma: number;
}

/** What earlier imports of a class have taken. */
export interface Learned {
  readonly samples: number;
  /** Of the logarithm of milliseconds. */
  readonly mean: number;
  readonly variance: number;
}

/** What one import has told of itself until now. */
export interface Told {
  readonly elapsedMs: number;
  /** 0 to 1. IMS: `process_percent`, which many jobs do not have. */
  readonly progress?: number;
}

const SAMPLES_WANTED = 3;
const LEAST_SIGMA = 0.03;
/** Wider than that nothing is known at all. */
const WIDEST_SIGMA = 5;
/** A hundred years: what is computed from it stays a number. */
const LONGEST_MS = 3e12;
/** Less progress than this says nothing of the speed. */
const LEAST_PROGRESS = 0.05;

/** The import's own progress tells most, then what its like has taken; `undefined` of nothing. */
export function forecast(told: Told, learned: Learned | undefined): Forecast | undefined {
  const { elapsedMs, progress } = told;
  if (progress !== undefined && progress >= LEAST_PROGRESS && progress <= 1) {
    return corrected({ medianMs: elapsedMs / progress, sigma: 0.01 + 0.12 * (1 - progress) }, told);
  }
  if (learned === undefined || learned.samples < SAMPLES_WANTED) return undefined;
  // A spread out of few samples is too small more often than too large.
  const doubt = 1 + 2 / learned.samples;
  const sigma = Math.max(LEAST_SIGMA, Math.sqrt(learned.variance) * doubt);
  return corrected({ medianMs: Math.exp(learned.mean), sigma }, told);
}

/** An import that runs far beyond its forecast proves that the forecast knew less than it said. */
function corrected(forecast: Forecast, { elapsedMs }: Told): Forecast {
  // An import that has told of progress in no time at all would divide by nothing from here on.
  const medianMs = Math.min(LONGEST_MS, Math.max(1, forecast.medianMs));
  const beyond = Math.log(Math.max(1, elapsedMs) / medianMs) / 2.5;
  return { medianMs, sigma: Math.min(WIDEST_SIGMA, Math.max(forecast.sigma, beyond)) };
}

/** Milliseconds until a share (0 to 1) of the imports that still run at `elapsedMs` is over. */
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

const SLICE = 0.02;

/**
 * Milliseconds from acceptance until an import has, on average, been over for so long: before that a
 * look is hardly worth its call.
 */
export function idleAfterMs(forecast: Forecast, idleMs: number): number {
  let [before, waited] = [0, 0];
  for (let share = SLICE; share < 1; share += SLICE) {
    const at = remainingMs(forecast, 0, share);
    waited += (at - before) * (share - SLICE / 2);
    if (waited >= idleMs) return at;
    before = at;
  }
  return before;
}
