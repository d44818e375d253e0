import type { Learned, Sizes } from './forecast.ts';

/** Twice the size takes 1.4 times as long, as long as nothing else is known; a few imports of different sizes outweigh that. */
const USUAL: Sizes = [0.5, 0];
const USUAL_WEIGHT = 0.2;

/** How the duration of an import depends on the size of its file. */
export interface SizeEffect {
  /** Of the logarithm of its duration, compared with a file of mean size. */
  offset(sizes: Sizes): number;
  /** How unsure that is: a share of the variance of the logarithm. */
  unsure(sizes: Sizes): number;
  /** Variance of the logarithm that size does not explain. */
  readonly variance: number;
}

/**
 * A regression of the logarithm of the duration on those of the sizes; `undefined` where sizes were not learned, or the
 * sums cannot be those of any durations.
 */
export function sizeEffect({ samples, variance, sizes }: Learned): SizeEffect | undefined {
  if (sizes === undefined) return undefined;
  const { means, spread, shared } = sizes;
  const first = spread[0] * samples + USUAL_WEIGHT;
  const both = spread[1] * samples;
  const second = spread[2] * samples + USUAL_WEIGHT;
  const area = first * second - both ** 2;
  const solve = ([x, y]: Sizes): Sizes => [
    (second * x - both * y) / area,
    (first * y - both * x) / area,
  ];
  const slopes = solve([
    shared[0] * samples + USUAL[0] * USUAL_WEIGHT,
    shared[1] * samples + USUAL[1] * USUAL_WEIGHT,
  ]);
  const explained =
    2 * times(slopes, shared) -
    slopes[0] ** 2 * spread[0] -
    2 * slopes[0] * slopes[1] * spread[1] -
    slopes[1] ** 2 * spread[2];
  if (!(first > 0 && second > 0 && area > 0) || ![area, explained].every(Number.isFinite))
    return undefined;
  const apart = (one: Sizes): Sizes => [one[0] - means[0], one[1] - means[1]];
  return {
    offset: (one) => times(slopes, apart(one)),
    unsure: (one) => times(apart(one), solve(apart(one))),
    // Two slopes that were fitted explain some of what is mere chance.
    variance: (Math.max(0, variance - explained) * samples) / Math.max(1, samples - 2),
  };
}

function times(one: Sizes, other: Sizes): number {
  return one[0] * other[0] + one[1] * other[1];
}

/** What was learned of imports of all sizes, for a file of these. */
function learnedFor(learned: Learned, sizes: Sizes | undefined): Learned {
  const effect = sizes && sizeEffect(learned);
  if (!effect) return learned;
  return {
    samples: learned.samples,
    mean: learned.mean + effect.offset(sizes),
    variance: effect.variance * (1 + effect.unsure(sizes)),
  };
}

const SAMPLES_WANTED = 3;
/** Two slopes are learned as well. */
const SIZED_SAMPLES_WANTED = 5;

/** Of the most similar class of which enough is known; else the last one. */
export function mostSimilar(
  learned: readonly (Learned | undefined)[],
  sizes: Sizes | undefined,
): Learned | undefined {
  const one =
    learned.find((is) => is && is.samples >= (is.sizes ? SIZED_SAMPLES_WANTED : SAMPLES_WANTED)) ??
    learned.at(-1);
  return one && learnedFor(one, sizes);
}
