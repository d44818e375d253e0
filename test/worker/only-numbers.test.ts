import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forecast, remainingMs } from '../../src/shared/outlook/forecast.ts';
import { wholeMs } from '../../src/shared/runtime/clock.ts';
import { lookUpDelay } from '../../src/worker/look-up.ts';
import { listedDelayMs, listPauseMs } from '../../src/worker/plan-poll.ts';
import {
  delayAfterLeaving,
  firstPollDelay,
  idleAfterMs,
  pollDelay,
} from '../../src/worker/poll-delay.ts';
import { throttlePauseMs } from '../../src/worker/request-pace.ts';

const POLL = { initialMs: 30_000, minMs: 5000, maxMs: 120_000 };

function expectTime(ms: number): void {
  expect(Number.isFinite(ms)).toBe(true);
  expect(ms).toBeGreaterThanOrEqual(0);
}

const elapsed = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }));
const learned = fc.option(
  fc.record({
    samples: fc.integer({ min: 1, max: 1000 }),
    mean: fc.double({ min: -50, max: 50, noNaN: true }),
    variance: fc.double({ min: 0, max: 1e4, noNaN: true }),
  }),
  { nil: undefined },
);
const progress = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });

test('whatever an import reports, the pause until its next poll is a finite time', () => {
  fc.assert(
    fc.property(elapsed, progress, learned, (elapsedMs, reported, known) => {
      const expected = forecast(
        { elapsedMs, ...(reported === undefined ? {} : { progress: reported }) },
        known,
      );
      const running = { elapsedMs, stuckMs: elapsedMs, chance: 0.5 };
      expectTime(pollDelay(POLL, expected ? { ...running, forecast: expected } : running));
      expectTime(firstPollDelay(POLL, expected, 0.5));
      if (!expected) return;
      for (const share of [0.02, 0.1, 0.5, 0.95]) {
        expectTime(remainingMs(expected, elapsedMs, share));
      }
      expectTime(idleAfterMs(expected, 1000));
      expectTime(listedDelayMs(POLL, remainingMs(expected, elapsedMs, 0.95)));
    }),
    { numRuns: 2000 },
  );
});

test('so are the pauses between look-ups, lists and throttled calls', () => {
  fc.assert(
    fc.property(fc.nat(), elapsed, (count, ms) => {
      expectTime(lookUpDelay(count, ms));
      expectTime(listPauseMs(POLL, count));
      expectTime(delayAfterLeaving(POLL, ms));
      expectTime(throttlePauseMs(1 + count, undefined));
    }),
  );
});

test.each([
  [0, 1],
  [-5, 1],
  [1.2, 2],
  [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
])('%d ms for a timer is %d', (ms, whole) => {
  expect(wholeMs(ms)).toBe(whole);
});

test('what is not a number is no time', () => {
  expect(() => wholeMs(Number.NaN)).toThrow('not a number');
});
