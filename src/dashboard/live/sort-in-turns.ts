import { setImmediate } from 'node:timers/promises';

/** Rows that are looked at without a pause: a few milliseconds, however they are compared. */
const TURN = 2000;

/** Those that match, with room for others again and again. */
export async function filterInTurns<T>(
  rows: Iterable<T>,
  matches: (row: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let looked = 0;
  for (const row of rows) {
    if (matches(row)) found.push(row);
    looked += 1;
    if (looked % TURN === 0) await setImmediate();
  }
  return found;
}

/** In order, equal ones as they were, with room for others again and again: a merge sort. */
export async function sortInTurns<T>(
  rows: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < rows.length; from += TURN) {
    runs.push(rows.slice(from, from + TURN).sort(compare));
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
    if (merged.length % TURN === 0) await setImmediate();
  }
  return merged;
}
