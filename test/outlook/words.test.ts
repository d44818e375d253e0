import { describe, expect, test } from 'vitest';
import { estimateRequests } from '../../src/producer/live/estimate-requests.ts';
import { barLine, plainLine } from '../../src/producer/progress.ts';
import type { DoneTime } from '../../src/shared/outlook/outlook.ts';
import { doneText, roughTime } from '../../src/shared/outlook/words.ts';
import { rateText } from '../../src/ui/format.ts';
import { imageRequest } from '../support/images.ts';
import { KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const MINUTE = 60_000;

test.each([
  [20_000, '1 min'],
  [59.4 * MINUTE, '59 min'],
  [59.6 * MINUTE, '1 h'],
  [187 * MINUTE, '3 h 5 min'],
  [190 * MINUTE, '3 h 10 min'],
  [49 * 60 * MINUTE, '2 d 1 h'],
  [72 * 60 * MINUTE, '3 d'],
])('%d ms is %s', (ms, text) => {
  expect(roughTime(ms)).toBe(text);
});

test.each([
  [0, '0/min'],
  [0.05, '0.05/min'],
  [3.44, '3.4/min'],
  [9.97, '10/min'],
  [120.4, '120/min'],
])('a rate of %d is %s', (rate, text) => {
  expect(rateText(rate)).toBe(text);
});

const AT = Date.UTC(2026, 10, 29, 14, 20);
const ABOUT: DoneTime = { kind: 'about', at: AT, plusMinusMs: 20 * MINUTE };

test('the end is given with its margin, or with the reason why there is none', () => {
  expect(doneText(ABOUT, () => '14:20')).toBe('done about 14:20 (± 20 min)');
  expect(doneText({ kind: 'stands' }, String)).toBe('not advancing');
});

describe('the plain line of progress', () => {
  const counts = { pending: 2, submitting: 0, creating: 1, unknown: 0, held: 0 };
  const ended = { succeeded: 1, failed: 0, cancelled: 0 };
  const more = { createdAt: 0, isPaused: false, missing: 0, troubles: [] };
  const summary = { batch: 'b', counts: { ...counts, ...ended }, total: 4, ...more };
  const head = 'b: 1/4 done (1 succeeded, 1 creating, 2 pending)';

  test.each<{ readonly done: DoneTime; readonly text: string }>([
    { done: ABOUT, text: `${head}, done about 14:20 UTC (± 20 min)` },
    { done: { kind: 'stands' }, text: `${head}, not advancing` },
    { done: { kind: 'unknown' }, text: head },
  ])('$done.kind: $text', ({ done, text }) => {
    expect(plainLine({ summary, outlook: { done } })).toBe(text);
  });
});

test('the bar of a terminal with 80 columns has room for the end', () => {
  const counts = { pending: 7400, submitting: 0, creating: 30, unknown: 2, held: 0 };
  const ended = { succeeded: 3100, failed: 12, cancelled: 0 };
  const more = { createdAt: 0, isPaused: false, missing: 0, troubles: [] };
  const summary = { batch: 'b', counts: { ...counts, ...ended }, total: 10_544, ...more };
  const line = barLine({ summary, outlook: { done: ABOUT } }, 80);
  expect(line).toHaveLength(79);
  expect(line).toContain('29% 3112/10544 · done about 14:20 UTC (± 20 min) · 3100');
});

test('a plan estimates what its images take at a limit, by what was learned of such images', async () => {
  const estimate = (limit: number, submitsPerMinute: number) =>
    estimateRequests(openLedgerParts(redis.client), images, { limit, submitsPerMinute });
  const images = Array.from({ length: 300 }, (_, at) => ({
    request: imageRequest(`i-${at}`),
  }));
  expect(await estimate(30, 60)).toBeUndefined();
  const log = Math.log(4 * MINUTE);
  await redis.client.hset(KEYS.durations, 'system', `50 ${log} 0.01`);
  const found = await estimate(30, 60);
  // Ten rounds of four minutes, and the last of the last round.
  expect(found?.ms).toBeGreaterThan(40 * MINUTE);
  expect(found?.ms).toBeLessThan(44 * MINUTE);
  // Ten creates a minute need half an hour alone.
  const slow = await estimate(300, 10);
  expect(slow?.ms).toBeGreaterThan(30 * MINUTE);
  expect(slow?.ms).toBeLessThan(36 * MINUTE);
});
