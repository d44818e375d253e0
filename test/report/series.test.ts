import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesOf } from '../../src/producer/report/series.ts';
import { type ImageRow, imageRow } from '../../src/ui/image-row.ts';
import { at, BEGAN, failed, succeeded } from '../support/report-entries.ts';

const rowsOf = (...seconds: number[]): ImageRow[] =>
  seconds.map((took, index) => imageRow(succeeded(`i${index}`, took), at(9999)));

test('each image is counted in the interval in which it ended', () => {
  const rows = [...rowsOf(1, 1, 3), imageRow(failed('f'), at(99))];
  const { buckets, intervalMs, from } = seriesOf(rows, { from: BEGAN, to: at(14) });
  expect({ intervalMs, from }).toEqual({ intervalMs: 1000, from: BEGAN });
  expect(buckets).toHaveLength(15);
  expect(buckets[12]).toMatchObject({ succeeded: 2, failed: 0 });
  expect(buckets[11]).toMatchObject({ succeeded: 0, failed: 1 });
  expect(buckets[14]).toMatchObject({ succeeded: 1 });
});

test('the most in flight is seen although it was short', () => {
  const { buckets } = seriesOf(rowsOf(60, 60, 4000), { from: BEGAN, to: at(4011) });
  expect(buckets[0]?.inFlight).toBe(3);
  expect(buckets[2]?.inFlight).toBe(1);
});

test('what ended before the batch began is none of its work', () => {
  const { buckets } = seriesOf(rowsOf(5, 100), { from: at(50), to: at(120) });
  expect(buckets.reduce((sum, { succeeded: done }) => sum + done, 0)).toBe(1);
  expect(Math.max(...buckets.map(({ inFlight }) => inFlight))).toBe(1);
});

test('however long a batch takes, there are at most 120 intervals and all images in them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 * 86_400 }), { minLength: 1, maxLength: 50 }),
      (seconds) => {
        const to = at(11 + Math.max(...seconds));
        const { buckets } = seriesOf(rowsOf(...seconds), { from: BEGAN, to });
        expect(buckets.length).toBeLessThanOrEqual(120);
        expect(buckets.reduce((sum, { succeeded: done }) => sum + done, 0)).toBe(seconds.length);
        for (const { inFlight } of buckets) expect(inFlight).toBeLessThanOrEqual(seconds.length);
      },
    ),
  );
});
