import { type DurationFacts, type DurationFit, fitDurations } from './fit-durations.ts';
import { credible, type Estimate, forecastEnds } from './forecast-ends.ts';
import { spread } from './schedule.ts';

/** Images of a manifest that would be created, and what limits them. */
export interface ImportPlan {
  /** For each class of durations: how many images, and what is known of it. */
  readonly classes: readonly { readonly count: number; readonly facts: DurationFacts }[];
  readonly limit: number;
  /** 0 = unlimited. */
  readonly submitsPerMinute: number;
}

/** How long the import of these images takes once it may begin; `undefined` while too little is known of them. */
export function estimateImport({ classes, ...limits }: ImportPlan): Estimate | undefined {
  const fits = classes.map(({ count, facts }) => ({ count, fit: fitDurations(facts) }));
  const count = fits.reduce((sum, one) => sum + one.count, 0);
  const sample = mixed(fits.flatMap(({ count, fit }) => (fit ? [{ count, fit }] : [])));
  if (fits.some(({ fit }) => fit === undefined)) return undefined;
  const queue = [{ batch: '', count, sample }];
  return credible(forecastEnds({ ...limits, inFlight: [], queue, gapMs: 0, gapError: 0 }).project);
}

const SAMPLE_SIZE = 64;

/** A sample with each class as often as in the whole, evenly spread. */
function mixed(fits: readonly { readonly count: number; readonly fit: DurationFit }[]) {
  const total = fits.reduce((sum, { count }) => sum + count, 0);
  const size = Math.min(SAMPLE_SIZE, total);
  return Array.from({ length: size }, (_, at) => {
    let left = spread(at) * total;
    const one = fits.find(({ count }) => {
      left -= count;
      return left < 0;
    });
    return one ? [one.fit] : [];
  }).flat();
}
