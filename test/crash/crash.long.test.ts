import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { needing } from '../support/programs.ts';
import { allRows, type CrashRow, SAFEGUARDS, titleOf } from './crash-points.ts';
import { runCrash } from './crash-run.ts';

/** `npm run test:crash` runs every row; CRASH_SEED draws another sample. */
const isWhole = process.env['CRASH_ALL'] === '1';
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const SAMPLE = 120;

function chosen(): readonly CrashRow[] {
  const safeguards = new Set(Object.values(SAFEGUARDS).map(titleOf));
  const others = allRows().filter((row) => !safeguards.has(titleOf(row)));
  if (isWhole) return others;
  const random = seededRandom(seed);
  return others
    .map((row) => ({ row, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, SAMPLE)
    .map(({ row }) => row);
}

describe('two images are created once each', needing('redis-server'), () => {
  const rows = chosen().map((row) => ({ title: titleOf(row), row }));
  test.concurrent.each(rows)(`$title [seed ${seed}]`, async ({ row }) => {
    expect(await runCrash(row)).toEqual([]);
  });
});
