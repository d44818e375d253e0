import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forecast, type Learned, remainingMs } from '../../src/shared/outlook/forecast.ts';
import { traitsOf } from '../../src/shared/outlook/traits.ts';
import {
  delayAfterLeaving,
  firstPollDelay,
  pollDelay,
  type Running,
} from '../../src/worker/poll-delay.ts';
import { RequestMeter } from '../../src/worker/request-pace.ts';
import { imageRequest } from '../support/images.ts';

const POLL = { initialMs: 30_000, minMs: 5000, maxMs: 120_000 };
const MINUTE = 60_000;

const learned = fc.record({
  samples: fc.integer({ min: 0, max: 50 }),
  mean: fc.double({ min: 0, max: 20, noNaN: true }),
  variance: fc.double({ min: 0, max: 9, noNaN: true }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });
const elapsed = fc.integer({ min: 0, max: 10 ** 9 });

/** What imports of about that length have left behind. */
function like(medianMs: number, sigma: number): Learned {
  return { samples: 50, mean: Math.log(medianMs), variance: sigma ** 2 };
}

function running(elapsedMs: number, known: Learned | undefined, progress?: number): Running {
  const observed = { elapsedMs, ...(progress === undefined ? {} : { progress }) };
  const expected = forecast(observed, known);
  return { elapsedMs, stuckMs: 0, chance: 0.5, ...(expected ? { forecast: expected } : {}) };
}

/** When it is polled, until it is over. */
function polls(
  durationMs: number,
  known: Learned | undefined,
  reports: boolean,
): readonly number[] {
  const first = forecast({ elapsedMs: 0 }, known);
  const times = [firstPollDelay(POLL, first, 0.5)];
  for (let at = times[0] ?? 0; at < durationMs; ) {
    at += pollDelay(POLL, running(at, known, reports ? at / durationMs : undefined));
    times.push(at);
  }
  return times;
}

describe('when to poll', () => {
  test.each([
    { minutes: 1, seconds: 7.5 },
    { minutes: 2, seconds: 7.5 },
    { minutes: 4, seconds: 15 },
    { minutes: 10, seconds: 20 },
  ])('$seconds s apart where imports of $minutes min are hardly alike', ({ minutes, seconds }) => {
    const median = minutes * MINUTE;
    const [before = 0, last = 0] = polls(1.9 * median, like(median, 0.5), false).slice(-2);
    expect(last - before).toBeCloseTo(1000 * seconds, 0);
  });

  test('always within its limits, whatever was learned or reported', () => {
    const progress = fc.option(fc.double({ min: -1, max: 2, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({ elapsedMs: elapsed, known: learned, reported: progress, chance: share }),
        (now) => {
          const { chance } = now;
          const delay = pollDelay(POLL, {
            ...running(now.elapsedMs, now.known, now.reported),
            chance,
          });
          expect(delay).toBeGreaterThanOrEqual(POLL.minMs);
          expect(delay).toBeLessThanOrEqual(POLL.maxMs);
        },
      ),
    );
  });

  test('the first time after POLL_INITIAL, unless similar imports are known', () => {
    expect(firstPollDelay(POLL, undefined, 0.5)).toBe(30_000);
    const usual = forecast({ elapsedMs: 0 }, like(4 * MINUTE, 0.05));
    const first = firstPollDelay(POLL, usual, 0.5);
    expect(first).toBeGreaterThan(3 * MINUTE);
    expect(first).toBeLessThan(4 * MINUTE);
  });

  test('every 15 s where nothing is known, later a sixteenth of the time that it has taken', () => {
    const times = polls(60 * MINUTE, undefined, false);
    const steps = times.map((at, index) => (at - (times[index - 1] ?? 0)) / 1000);
    expect(steps.slice(0, 3)).toEqual([30, 15, 15]);
    expect(times.filter((at) => at <= 4 * MINUTE)).toHaveLength(15);
    expect(times.length).toBeLessThan((60 * 6) / 3);
    expect(Math.max(...steps) * 1000).toBe(POLL.maxMs);
  });

  test('two durations are no experience', () => {
    expect(forecast({ elapsedMs: 0 }, { samples: 2, mean: 11, variance: 0 })).toBeUndefined();
  });

  test.each([1, 4, 15, 60])(
    'an import of %i minutes that reports its progress: a third of the calls of a 10 s poller, seen within 10 s',
    (minutes) => {
      const times = polls(minutes * MINUTE, undefined, true);
      expect(times.length).toBeLessThanOrEqual(Math.max(4, (minutes * 6) / 3));
      expect((times.at(-1) ?? 0) - minutes * MINUTE).toBeLessThanOrEqual(10_000);
    },
  );

  test.each([4, 15, 60])('one of %i minutes whose like took about as long: the same', (minutes) => {
    const times = polls(minutes * MINUTE, like(minutes * MINUTE, 0.1), false);
    expect(times.length).toBeLessThanOrEqual((minutes * 6) / 3);
    expect((times.at(-1) ?? 0) - minutes * MINUTE).toBeLessThanOrEqual(10_000);
  });

  test('one that runs ten times as long as similar ones is polled less and less often', () => {
    const times = polls(40 * MINUTE, like(4 * MINUTE, 0.1), false);
    expect(times.length).toBeLessThanOrEqual(80);
    expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBeGreaterThan(60_000);
  });

  test('progress that has stopped does not draw a poll every few seconds', () => {
    const stuck = running(20 * MINUTE, undefined, 0.99);
    expect(pollDelay(POLL, stuck)).toBeLessThan(20_000);
    expect(pollDelay(POLL, { ...stuck, stuckMs: 3 * MINUTE })).toBeGreaterThan(60_000);
    // Progress is reported in steps.
    expect(pollDelay(POLL, { ...stuck, stuckMs: 30_000 })).toBeLessThan(20_000);
  });

  test('after its image has left the list soon, then more and more seldom', () => {
    expect([0, 20_000, 900_000].map((ago) => delayAfterLeaving(POLL, ago))).toEqual([
      5000, 10_000, 120_000,
    ]);
  });
});

describe('a forecast', () => {
  test('has its quantiles in order, none in the past', () => {
    fc.assert(
      fc.property(elapsed, learned, (elapsedMs, known) => {
        const expected = forecast({ elapsedMs }, { ...known, samples: 3 + known.samples });
        if (!expected) throw new Error('nothing expected');
        const left = [0.05, 0.1, 0.5, 0.9].map((part) => remainingMs(expected, elapsedMs, part));
        expect(left.every((ms) => Number.isFinite(ms) && ms >= 0)).toBe(true);
        expect(left).toEqual(left.toSorted((a, b) => a - b));
      }),
    );
  });

  test('at the start its median is the median', () => {
    const expected = forecast({ elapsedMs: 0 }, like(4 * MINUTE, 0.2));
    expect(remainingMs(expected ?? { medianMs: 0, sigma: 1 }, 0, 0.5)).toBeCloseTo(4 * MINUTE, -1);
  });

  test('follows the progress of the import itself where that is reported', () => {
    expect(forecast({ elapsedMs: MINUTE, progress: 0.5 }, like(9 * MINUTE, 0.1))?.medianMs).toBe(
      2 * MINUTE,
    );
    expect(
      forecast({ elapsedMs: MINUTE, progress: 0.01 }, like(9 * MINUTE, 0.1))?.medianMs,
    ).toBeCloseTo(9 * MINUTE, -1);
  });
});

test('imports are alike by kind, way, format and size, then by kind and way', () => {
  const request = imageRequest('a');
  const classes = (more: object) => traitsOf({ ...request, ...more }, undefined).classes;
  expect(classes({ image_url: 'b:dir/a.QCOW2', min_disk: 40 })).toEqual([
    'system/qcow2/64',
    'system',
  ]);
  expect(
    classes({ kind: 'data', quick_import: true, image_url: 'b:x/noformat', min_disk: 64 }),
  ).toEqual(['data/quick/none/64', 'data/quick']);
});

test('what the cloud allows is what it let through in the best of the last ten seconds', () => {
  const meter = new RequestMeter();
  expect(meter.allowed(0)).toBe(1);
  for (const at of [100, 200, 900, 1100]) meter.count(at);
  // No answer yet: what was made is all that is known.
  expect(meter.allowed(5000)).toBe(3);
  meter.countAnswer(100, 'passed');
  meter.countAnswer(200, 'passed');
  meter.countAnswer(900, 'throttled');
  meter.countAnswer(1100, 'throttled');
  expect(meter.allowed(5000)).toBe(2);
  meter.count(20_000);
  expect(meter.allowed(20_500)).toBe(1);
});

test.each([
  { what: 'one 429', calls: 1, throttled: 1, is: false },
  { what: 'two of five', calls: 5, throttled: 2, is: true },
  { what: 'five of a hundred', calls: 100, throttled: 5, is: false },
  { what: 'twenty of a hundred', calls: 100, throttled: 20, is: true },
])('$what: too fast is $is', ({ calls, throttled, is }) => {
  const meter = new RequestMeter();
  for (let n = 0; n < calls; n += 1) meter.count(1000);
  for (let n = 0; n < throttled; n += 1) meter.countAnswer(1500, 'throttled');
  expect(meter.isTooFast(20_000)).toBe(is);
  expect(meter.isTooFast(40_000)).toBe(false);
});
