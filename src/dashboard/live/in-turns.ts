import { setImmediate } from 'node:timers/promises';

/** Rows handled without a pause: a few milliseconds, whatever the comparison. */
const ROWS_PER_TURN = 2000;

/** The rows that match; other work of the process gets its turn in between. */
export async function filterInTurns<T>(
  rows: Iterable<T>,
  matches: (row: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let seen = 0;
  for (const row of rows) {
    if (matches(row)) found.push(row);
    seen += 1;
    if (seen % ROWS_PER_TURN === 0) await setImmediate();
  }
  return found;
}

/** A stable merge sort; other work of the process gets its turn in between. */
export async function sortInTurns<T>(
  rows: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
    runs.push(rows.slice(from, from + ROWS_PER_TURN).sort(compare));
    await setImmediate();
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [left[l], right[r]];
    const isLeft = r >= right.length || (l < left.length && compare(a as T, b as T) <= 0);
    merged.push((isLeft ? a : b) as T);
    if (isLeft) l += 1;
    else r += 1;
    if (merged.length % ROWS_PER_TURN === 0) await setImmediate();
  }
  return merged;
}
