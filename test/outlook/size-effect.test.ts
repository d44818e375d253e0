import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateRequests } from '../../src/producer/live/estimate-requests.ts';
import { readOutlook } from '../../src/producer/live/read-outlook.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { Durations } from '../../src/shared/ledger/durations.ts';
import { forecast, type Learned } from '../../src/shared/outlook/forecast.ts';
import { predict } from '../../src/shared/outlook/predict.ts';
import { mostSimilar, sizeEffect } from '../../src/shared/outlook/size-effect.ts';
import { traitsOf } from '../../src/shared/outlook/traits.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { planFirstPoll } from '../../src/worker/plan-poll.ts';
import { manifestImages } from '../support/images.ts';
import { KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const MINUTE = 60_000;
const GB = 1024 ** 3;
const REQUEST = {
  kind: 'system',
  quick_import: false,
  image_url: 'b:a.qcow2',
  min_disk: 40,
} as const;

const ofSize = (gigabytes: number, disk?: number) =>
  traitsOf(REQUEST, { bytes: gigabytes * GB, ...(disk && { virtualBytes: disk * GB }) });

/** A clock that is two seconds further at each look. */
function passingClock(): { monotonic: () => number } {
  let now = 0;
  return { monotonic: () => (now += 2000) };
}

const durations = () => new Durations(redis.client, KEYS, passingClock());

/** Learns from files of 2 to 40 GB; the disk is as large as the file, or differs from it. */
async function learnMany(takes: (gb: number, disk: number) => number, disks = false) {
  const random = seededRandom(5);
  const sizes = Array.from({ length: 40 }, () => [
    2 * 20 ** random.next(),
    40 + 400 * random.next(),
  ]);
  for (const [gb = 1, disk = 1] of sizes) {
    await durations().learn(ofSize(gb, disks ? disk : undefined), takes(gb, disk));
  }
}

async function expected(gigabytes: number, disk?: number) {
  const { classes, sizes } = ofSize(gigabytes, disk);
  const known = mostSimilar(await durations().learned(classes), sizes);
  return forecast({ elapsedMs: 0 }, known);
}

describe('durations are learned by what the file is', () => {
  test('files of all sizes are one class, and a size that nobody has seen is foretold', async () => {
    const random = seededRandom(7);
    await learnMany((gb) => 5000 * gb * (0.9 + 0.2 * random.next()));
    const large = await expected(30);
    expect(large?.medianMs).toBeGreaterThan(0.85 * 150_000);
    expect(large?.medianMs).toBeLessThan(1.15 * 150_000);
    expect(large?.sigma).toBeLessThan(0.15);
    // Twice as large as any: foretold as well, and less sure.
    const larger = await expected(100);
    expect(larger?.medianMs).toBeGreaterThan(0.8 * 500_000);
    expect(larger?.sigma).toBeGreaterThan(large?.sigma ?? 0);
  });

  test('where the disk in the file decides, its size counts', async () => {
    await learnMany((_, disk) => 1000 * disk, true);
    expect((await expected(3, 400))?.medianMs).toBeGreaterThan(0.85 * 400_000);
    expect((await expected(30, 50))?.medianMs).toBeLessThan(1.15 * 50_000);
  });

  test('sizes that explain nothing change nothing', async () => {
    const random = seededRandom(9);
    await learnMany(() => 240_000 * Math.exp(random.next() - 0.5));
    const small = (await expected(2))?.medianMs ?? 0;
    const large = (await expected(40))?.medianMs ?? 0;
    expect(Math.abs(Math.log(large / small))).toBeLessThan(0.35);
    // Spread of a uniform distribution from -0.5 to 0.5.
    expect((await expected(9))?.sigma).toBeLessThan(1.2 * Math.sqrt(1 / 12));
  });

  test('what older versions learned and read stays, and serves where sizes are not known yet', async () => {
    await redis.client.hset(KEYS.durations, 'system/qcow2/64', `50 ${Math.log(MINUTE)} 0.01`);
    expect((await expected(9))?.medianMs).toBeCloseTo(MINUTE, 0);
    await learnMany((gb) => 5000 * gb);
    const text = await redis.client.hget(KEYS.durations, 'system/qcow2/64');
    expect(text?.split(' ')).toHaveLength(3);
    const fields = await redis.client.hkeys(KEYS.durations);
    expect(new Set(fields)).toEqual(new Set(['system', 'system/qcow2/64', 'system/qcow2/bytes']));
  });

  test('an image whose file is not known is foretold by its disk alone, as ever', async () => {
    await learnMany((gb) => 5000 * gb);
    const { classes, sizes } = traitsOf(REQUEST, undefined);
    expect(classes).toEqual(['system/qcow2/64', 'system']);
    const [own] = await durations().learned(classes);
    expect(mostSimilar([own], sizes)).toBe(own);
  });

  test.each(['9 1 2', '9 1 2 3 4 5 6 7 8 x', '1 2 3 4 5 6 7 8 9 10 11', ''])(
    'a field that was overwritten with %j is learned again',
    async (text) => {
      await redis.client.hset(KEYS.durations, 'system/qcow2/bytes', text);
      await learnMany((gb) => 5000 * gb);
      expect((await expected(30))?.medianMs).toBeGreaterThan(0.8 * 150_000);
    },
  );

  test('from files that are all of one size nothing is known of others but that larger ones take longer', () => {
    const one = Math.log(10 * GB);
    const sizes = { means: [one, one], spread: [0, 0, 0], shared: [0, 0] } as const;
    const effect = sizeEffect({ samples: 50, mean: 12, variance: 0.01, sizes });
    expect(effect?.offset([one, one])).toBe(0);
    const four = one + Math.log(4);
    expect(Math.exp(effect?.offset([four, four]) ?? 0)).toBeCloseTo(2, 5);
    expect(effect?.unsure([four, four])).toBeGreaterThan(10);
  });
});

test('whatever people write into the field, what is foretold are numbers', async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const { classes, sizes } = ofSize(10);
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 10, maxLength: 10 }), async (numbers) => {
      await redis.client.hset(KEYS.durations, 'system/qcow2/bytes', numbers.join(' '));
      const known = mostSimilar(await durations().learned(classes), sizes);
      const { medianMs, sigma } = forecast({ elapsedMs: 0 }, known) ?? { medianMs: 1, sigma: 1 };
      expect([medianMs > 0, sigma > 0, Number.isFinite(medianMs + sigma)]).toEqual([
        true,
        true,
        true,
      ]);
    }),
    { numRuns: 60 },
  );
});

/** 12 seconds a gigabyte. */
const LEARNED: Learned = {
  samples: 50,
  mean: Math.log(2 * MINUTE),
  variance: 0.25 + 0.01,
  sizes: {
    means: [Math.log(10 * GB), Math.log(10 * GB)],
    spread: [0.25, 0.25, 0.25],
    shared: [0.25, 0.25],
  },
};
const LEARNED_TEXT = [
  50,
  LEARNED.mean,
  ...(LEARNED.sizes?.means ?? []),
  0.26,
  ...[0.25, 0.25, 0.25, 0.25, 0.25],
].join(' ');

test('the time left goes by the sizes of what waits and of what runs', () => {
  const learned = new Map([['system/qcow2/bytes', LEARNED]]);
  const base = { now: 0, limit: 10, submitRate: 0, learned, ended: [], outages: [] };
  const minutesFor = (gigabytes: number): number => {
    const queue = [{ batch: 'b', count: 100, sample: [ofSize(gigabytes)], alsoIn: [] }];
    const facts = { ...base, inFlight: [], places: 0, queue };
    return (predict(facts).project?.ms ?? Number.NaN) / MINUTE;
  };
  // Ten rounds of two minutes, and of eight.
  expect(minutesFor(10)).toBeGreaterThan(19);
  expect(minutesFor(10)).toBeLessThan(24);
  expect(minutesFor(40)).toBeGreaterThan(72);
  expect(minutesFor(40)).toBeLessThan(98);
  const flying = { ...ofSize(40), batches: ['b'], startedAt: 0, seed: 1 };
  const { project } = predict({ ...base, inFlight: [flying], places: 1, queue: [] });
  expect(project?.ms).toBeGreaterThan(6 * MINUTE);
});

test('the outlook and the first poll read the file from the ledger, a plan from OBS', async () => {
  const parts = openLedgerParts(redis.client);
  const now = Date.now();
  await parts.project.beat('w', { now, until: now + MINUTE, maxInFlight: 10, submitRate: 0 });
  await redis.client.hset(KEYS.durations, 'system/qcow2/bytes', LEARNED_TEXT);
  const register = (batch: string, gigabytes: number, later: number) =>
    parts.batches.register(
      batch,
      manifestImages(50, batch).map((image) => ({ ...image, file: { bytes: gigabytes * GB } })),
      { now: now + later, due: now },
    );
  await register('small', 10, 0);
  const done = async (batch: string): Promise<number> => {
    const is = (await readOutlook(parts)).batches.get(batch)?.done;
    return is?.kind === 'about' ? (is.at - now) / MINUTE : Number.NaN;
  };
  expect(await done('small')).toBeGreaterThan(9);
  expect(await done('small')).toBeLessThan(13);
  const images = manifestImages(100).map((image) => ({ ...image, file: { bytes: 40 * GB } }));
  const planned = await estimateRequests(parts, images, { limit: 10, submitsPerMinute: 0 });
  expect(planned?.ms).toBeGreaterThan(72 * MINUTE);
  await register('large', 40, 1);
  expect((await done('large')) - (await done('small'))).toBeGreaterThan(30);
  const [key = ''] = await parts.batches.members('large', 0, 1);
  const entry = await parts.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const more = { config: loadConfig({}), random: seededRandom(1), clock: parts.time };
  // Ten times POLL_INITIAL at most.
  expect(await planFirstPoll({ ...parts, ...more }, entry)).toBeGreaterThan(4.5 * MINUTE);
});
