import { describe, expect, test } from 'vitest';
import { intervalsOf, RANGES } from '../../src/dashboard/live/history-range.ts';
import { historySection } from '../../src/dashboard/pages/history-charts.ts';
import type { HistoryPoint } from '../../src/shared/outlook/outlook.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 2, 1, 12, 0, 30);
const point = (from: number, spanMs: number, more: Partial<HistoryPoint> = {}): HistoryPoint => ({
  ...{ from, spanMs, succeeded: 0, failed: 0, inFlight: 0, throttled: 0 },
  ...more,
});

describe('the intervals of a chart', () => {
  test.each(['hour', 'day', 'week'] as const)('end now and cover the last %s', (range) => {
    const { intervalMs, count } = RANGES[range];
    const intervals = intervalsOf([], range, NOW);
    expect(intervals).toHaveLength(count);
    const last = intervals.at(-1)?.from ?? 0;
    expect(last).toBeLessThanOrEqual(NOW);
    expect(last + intervalMs).toBeGreaterThan(NOW);
  });

  test('show a rate per minute, whatever spans the history was kept in', () => {
    const ten = 10 * MINUTE;
    const from = NOW - 30_000 - ten;
    const points = [point(from, ten, { succeeded: 60, failed: 20, throttled: 10 })];
    const hour = intervalsOf(points, 'hour', NOW).filter(({ succeeded }) => succeeded > 0);
    expect(hour).toHaveLength(10);
    for (const { succeeded, failed, throttled } of hour) {
      expect([succeeded, failed, throttled].map((rate) => Math.round(rate * 100) / 100)).toEqual([
        6, 2, 1,
      ]);
    }
    const day = intervalsOf(points, 'day', NOW).reduce((sum, one) => sum + one.succeeded * 15, 0);
    expect(Math.round(day)).toBe(60);
  });

  test('lose no image to the borders between them', () => {
    const points = Array.from({ length: 200 }, (_, at) =>
      point(NOW - 30_000 - (at + 1) * 7 * MINUTE, 7 * MINUTE, { succeeded: 7 }),
    );
    const shown = intervalsOf(points, 'week', NOW);
    const total = shown.reduce((sum, { succeeded }) => sum + succeeded * 120, 0);
    // The newest one has only begun, and is shown as what it is per minute.
    expect(total).toBeGreaterThanOrEqual(1400);
  });

  test('of one that has only begun show no drop', () => {
    const minute = NOW - 30_000;
    const points = [
      point(minute - MINUTE, MINUTE, { succeeded: 8 }),
      point(minute, MINUTE, { succeeded: 4 }),
    ];
    const [before, now] = intervalsOf(points, 'hour', NOW).slice(-2);
    expect([before?.succeeded, now?.succeeded]).toEqual([8, 8]);
  });

  test('have the most that was in flight, and the limit of that time', () => {
    const from = NOW - 30_000 - 2 * HOUR;
    const points = [
      point(from, 30 * MINUTE, { inFlight: 12, limit: 30 }),
      point(from + 30 * MINUTE, 30 * MINUTE, { inFlight: 40, limit: 40 }),
    ];
    const busy = intervalsOf(points, 'week', NOW).filter(({ inFlight }) => inFlight > 0);
    expect(busy.at(-1)).toMatchObject({ inFlight: 40, limit: 40 });
    expect(intervalsOf(points, 'week', NOW)[0]).not.toHaveProperty('limit');
  });
});

describe('charts', () => {
  const drawn = (points: readonly HistoryPoint[]) =>
    historySection({ points, range: 'hour', now: NOW, linkTo: (range) => `/?range=${range}` });

  test('say in words what they show, and again in numbers', () => {
    const at = NOW - 30_000 - 5 * MINUTE;
    const more = { succeeded: 12, failed: 3, inFlight: 28, limit: 30, throttled: 2 };
    const text = drawn([point(at, MINUTE, more)])?.text ?? '';
    expect(text).toContain(
      'aria-label="Images finished per minute: at most 15, at 2026-03-01 11:55 UTC."',
    );
    expect(text).toContain(
      'aria-label="Images in flight: at most 28, at 2026-03-01 11:55 UTC; the limit is 30."',
    );
    expect(text).toContain(
      'aria-label="Answers 429 per minute: at most 2.0, at 2026-03-01 11:55 UTC."',
    );
    expect(text).toContain('<td>12</td><td>3.0</td><td>28</td><td>2.0</td>');
    expect(text).toMatch(/href="\/\?range=hour" aria-current="true"/);
  });

  test('say that no call was throttled', () => {
    const text = drawn([point(NOW - 30_000, MINUTE, { succeeded: 1 })])?.text;
    expect(text).toContain('aria-label="No call was throttled."');
  });

  test('are not drawn while there is no history', () => {
    expect(drawn([])).toBeUndefined();
  });
});
