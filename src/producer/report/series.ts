import type { ImageRow } from '../../ui/image-row.ts';

/** One interval: what ended in it, and the most images that IMS had at once during it. */
export interface Bucket {
  readonly succeeded: number;
  readonly failed: number;
  readonly inFlight: number;
}

export interface Series {
  readonly from: number;
  readonly intervalMs: number;
  /** At most 120. */
  readonly buckets: readonly Bucket[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Widths that are easy to read off an axis. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
];
const MAX_BUCKETS = 80;

/** What ended and what was in flight, in intervals from the beginning to the end. */
export function seriesOf(
  rows: readonly ImageRow[],
  span: { readonly from: number; readonly to: number },
): Series {
  const intervalMs = stepFor(span.to - span.from);
  const from = Math.floor(span.from / intervalMs) * intervalMs;
  const count = Math.floor((span.to - from) / intervalMs) + 1;
  const during = rows.filter(({ finishedAt = span.to }) => finishedAt >= span.from);
  const levels = peaks(during, { from, intervalMs, count });
  const buckets = levels.map((inFlight) => ({ succeeded: 0, failed: 0, inFlight }));
  for (const { state, finishedAt } of during) {
    if (finishedAt === undefined) continue;
    const bucket = buckets[Math.min(count - 1, Math.floor((finishedAt - from) / intervalMs))];
    if (bucket && (state === 'succeeded' || state === 'failed')) bucket[state] += 1;
  }
  return { from, intervalMs, buckets };
}

function stepFor(spanMs: number): number {
  const fits = (step: number): boolean => spanMs / step <= MAX_BUCKETS;
  return STEPS.find(fits) ?? DAY * Math.max(1, Math.ceil(spanMs / DAY / MAX_BUCKETS));
}

interface Grid {
  readonly from: number;
  readonly intervalMs: number;
  readonly count: number;
}

/** The peak of each interval: the level at its end would hide short images. */
function peaks(rows: readonly ImageRow[], { from, intervalMs, count }: Grid): readonly number[] {
  const starts = times(rows, ({ submittedAt }) => submittedAt);
  const ends = times(rows, ({ finishedAt }) => finishedAt);
  let [level, start, end] = [0, 0, 0];
  return Array.from({ length: count }, (_, at) => {
    const until = at === count - 1 ? Number.POSITIVE_INFINITY : from + (at + 1) * intervalMs;
    // An image that ended before an interval began was not in it.
    while ((ends[end] ?? Number.POSITIVE_INFINITY) <= from + at * intervalMs) {
      level -= 1;
      end += 1;
    }
    let peak = level;
    for (;;) {
      const begins = starts[start] ?? Number.POSITIVE_INFINITY;
      const stops = ends[end] ?? Number.POSITIVE_INFINITY;
      if (Math.min(begins, stops) >= until) return peak;
      // At the same moment, an end counts before a start.
      if (stops <= begins) {
        level -= 1;
        end += 1;
      } else {
        level += 1;
        start += 1;
        peak = Math.max(peak, level);
      }
    }
  });
}

/** Sorted; only of submitted images, so that each start has at most one end. */
function times(
  rows: readonly ImageRow[],
  of: (row: ImageRow) => number | undefined,
): readonly number[] {
  return rows
    .filter(({ submittedAt }) => submittedAt !== undefined)
    .map(of)
    .filter((time) => time !== undefined)
    .sort((a, b) => a - b);
}
