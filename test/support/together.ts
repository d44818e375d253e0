import { expect } from 'vitest';

/**
 * Goes through several rows of one test at the same time: processes under test wait most of their
 * lives. All of them end before the test does, and what fails is named.
 */
export async function together<Row extends { readonly what: string }>(
  rows: readonly Row[],
  run: (row: Row) => Promise<void>,
): Promise<void> {
  const ends = await Promise.allSettled(rows.map(run));
  const failed = ends.flatMap((end, index) =>
    end.status === 'rejected' ? [`${rows[index]?.what}: ${end.reason}`] : [],
  );
  expect(failed).toEqual([]);
}
