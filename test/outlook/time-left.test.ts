/** Imagined projects: what really happens is decided first, then predicted at every half minute. */
import { describe, expect, test } from 'vitest';
import { predict } from '../../src/shared/outlook/predict.ts';
import { type Judged, judge, type Shape } from './imagined-project.ts';

const MINUTE = 60_000;
const SEEDS = [1, 2, 3];

const images = (count: number, name = 'all', medianMs = 4 * MINUTE) => ({
  ...{ name, images: count, medianMs },
});
const FOUR_HUNDRED: Shape = { batches: [images(400)], limit: 30, sigma: 0.1 };
const CLASSES = ['system/qcow2/64', 'system'] as const;
const KNOWN = new Map([[CLASSES[0], { samples: 50, mean: Math.log(4 * MINUTE), variance: 0.01 }]]);
const LEARNED = { learnedMs: 4 * MINUTE };

/**
 * By more than a fifth of what is left; at the very end by more than what the last image may take longer than
 * others; and a minute is what `done about` shows.
 */
function isWrong({ trueMs, slackMs, predictedMs = trueMs }: Judged): boolean {
  return Math.abs(predictedMs - trueMs) > Math.max(MINUTE, trueMs / 5, slackMs);
}

function textOf({ at, batch, trueMs, predictedMs = 0 }: Judged): string {
  const [minute, predicted, real] = [at, predictedMs, trueMs].map((ms) => ms / MINUTE);
  return `${batch} at minute ${minute}: ${predicted?.toFixed(1)} for ${real?.toFixed(1)}`;
}

describe('the time left is right within a fifth', () => {
  test.each<{
    readonly what: string;
    readonly shape: Shape;
    /** From this minute on there is a number. */
    readonly known: number;
    /** And from this one on it is right. @default 3, or the first number */
    readonly right?: number;
  }>([
    { what: '400 images of four minutes', shape: { ...FOUR_HUNDRED, ...LEARNED }, known: 0.5 },
    {
      what: 'two batches, one after the other',
      shape: { ...FOUR_HUNDRED, ...LEARNED, batches: [images(200, 'a'), images(200, 'b')] },
      known: 0.5,
    },
    {
      what: 'the cloud reports progress',
      shape: { ...FOUR_HUNDRED, showsProgress: true },
      known: 1,
    },
    { what: 'durations that are not known', shape: FOUR_HUNDRED, known: 4.5 },
    {
      what: 'alike durations that are not known',
      shape: { ...FOUR_HUNDRED, sigma: 0.03 },
      known: 4.5,
    },
    {
      what: 'throttled to three creates a minute',
      shape: { ...FOUR_HUNDRED, ...LEARNED, batches: [images(200)], throttledTo: 3 },
      known: 0.5,
    },
    {
      what: 'a limit that only the rate of creates keeps from being reached',
      shape: { ...FOUR_HUNDRED, ...LEARNED, limit: 200, submitRate: 10 },
      known: 0.5,
    },
    {
      what: 'a third of the images fails soon',
      shape: { ...FOUR_HUNDRED, failing: 0.3 },
      known: 5,
      right: 5,
    },
    {
      what: 'two kinds of images',
      shape: {
        ...FOUR_HUNDRED,
        batches: [images(150), { ...images(80, 'large', 12 * MINUTE), format: 'vmdk' }],
        learnedMs: 'right',
      },
      known: 0.5,
    },
  ])('$what', ({ shape, known, right = 3 }) => {
    for (const seed of SEEDS) {
      const judged = judge(shape, MINUTE / 2, seed).filter(({ at }) => at >= right * MINUTE);
      expect(judged.filter(isWrong).map(textOf)).toEqual([]);
      const late = judged.filter(({ at }) => at >= known * MINUTE);
      expect(late.filter(({ predictedMs }) => predictedMs === undefined)).toEqual([]);
    }
  });

  test('after an outage of all workers, as soon as they are back', () => {
    const outage = [15 * MINUTE, 21 * MINUTE] as const;
    const shape = { ...FOUR_HUNDRED, ...LEARNED, outage };
    for (const seed of SEEDS) {
      const judged = judge(shape, MINUTE / 2, seed).filter(({ at }) => at >= outage[1]);
      expect(judged.filter(isWrong).map(textOf)).toEqual([]);
    }
  });
});

test('durations that differ widely: no number before enough has ended, then a margin that holds', () => {
  const shape = { ...FOUR_HUNDRED, sigma: 0.5 };
  for (const seed of SEEDS) {
    const judged = judge(shape, MINUTE / 2, seed);
    expect(judged.slice(0, 4).filter(({ predictedMs }) => predictedMs !== undefined)).toEqual([]);
    const known = judged.filter(({ predictedMs }) => predictedMs !== undefined);
    const isWithin = ({ trueMs, predictedMs = 0, plusMinusMs = 0 }: Judged): boolean =>
      Math.abs(predictedMs - trueMs) <= plusMinusMs;
    expect(known.filter(isWithin).length / known.length).toBeGreaterThan(0.75);
    expect(known.filter(isWrong).length / known.length).toBeLessThan(0.25);
  }
});

test('a cloud that is slower than it was is believed once its imports run for longer than they used to', () => {
  const shape = { ...FOUR_HUNDRED, ...LEARNED, batches: [images(200, 'all', 8 * MINUTE)] };
  for (const seed of SEEDS) {
    const late = judge(shape, MINUTE / 2, seed).filter(({ at }) => at >= 8 * MINUTE);
    expect(late.filter(isWrong).map(textOf)).toEqual([]);
  }
});

test('a batch of which only images are left that nobody knows about has no time', () => {
  const flown = { classes: CLASSES, startedAt: 0, seed: 1 };
  const inFlight = [
    { ...flown, batches: ['lost'], isUnclear: true },
    { ...flown, batches: ['fine'], seed: 2 },
  ];
  const facts = { now: MINUTE, limit: 30, submitRate: 60, learned: KNOWN, inFlight, places: 2 };
  const { batches } = predict({ ...facts, ended: [], queue: [], outages: [] });
  expect(batches.get('lost')).toBeUndefined();
  expect(batches.get('fine')?.ms).toBeGreaterThan(MINUTE);
});

test('of 100,000 images only the first and the last are started one by one', () => {
  const queue = [{ batch: 'all', count: 100_000, sample: [{ classes: CLASSES }], alsoIn: [] }];
  const facts = { now: 0, limit: 30, submitRate: 60, learned: KNOWN };
  const { project } = predict({ ...facts, inFlight: [], places: 0, ended: [], queue, outages: [] });
  const hours = (100_000 * 4) / 30 / 60;
  expect((project?.ms ?? 0) / (60 * MINUTE)).toBeGreaterThan(0.97 * hours);
  expect((project?.ms ?? 0) / (60 * MINUTE)).toBeLessThan(1.03 * hours);
});

test('durations that only a clock that jumped can have made give no time, instead of centuries', () => {
  const century = { samples: 50, mean: Math.log(3e12), variance: 0.01 };
  const learned = new Map([[CLASSES[0], century]]);
  const queue = [{ batch: 'all', count: 400, sample: [{ classes: CLASSES }], alsoIn: [] }];
  const facts = { now: 0, limit: 30, submitRate: 60, learned, inFlight: [], places: 0 };
  const { batches, project } = predict({ ...facts, ended: [], queue, outages: [] });
  expect([batches.get('all'), project]).toEqual([undefined, undefined]);
});
