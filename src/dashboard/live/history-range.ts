import type { HistoryPoint } from '../../shared/outlook/outlook.ts';

const MINUTE_MS = 60_000;

/** Over which time the charts run; a word of the address. */
export const RANGES = {
  hour: { label: 'Hour', intervalMs: MINUTE_MS, count: 60 },
  day: { label: 'Day', intervalMs: 15 * MINUTE_MS, count: 96 },
  week: { label: 'Week', intervalMs: 120 * MINUTE_MS, count: 84 },
} as const;

export type Range = keyof typeof RANGES;

/** One interval of a chart. */
export interface Interval {
  readonly from: number;
  /** Images per minute. */
  readonly succeeded: number;
  readonly failed: number;
  /** Answers 429 per minute. */
  readonly throttled: number;
  /** The most at once. */
  readonly inFlight: number;
  readonly limit?: number;
}

/**
 * The history in equal intervals up to now, whatever spans it was kept in: counts are spread evenly over
 * their span.
 */
export function intervalsOf(
  points: readonly HistoryPoint[],
  range: Range,
  now: number,
): readonly Interval[] {
  const { intervalMs, count } = RANGES[range];
  const end = (Math.floor(now / intervalMs) + 1) * intervalMs;
  return Array.from({ length: count }, (_, at) => {
    const from = end - (count - at) * intervalMs;
    return intervalOf(points, { from, to: from + intervalMs, now });
  });
}

interface Between {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

function intervalOf(points: readonly HistoryPoint[], { from, to, now }: Between): Interval {
  const during = points.filter((point) => point.from < to && point.from + point.spanMs > from);
  // The last interval has only begun: a full one would look like a drop.
  const elapsedMs = Math.max((to - from) / 2, Math.min(to, now) - from);
  const rate = (of: (point: HistoryPoint) => number): number => {
    const counts = during.map((point) => {
      const until = Math.max(point.from + 1, Math.min(point.from + point.spanMs, now));
      const overlap = Math.min(to, until) - Math.max(from, point.from);
      return (of(point) * Math.max(0, overlap)) / (until - point.from);
    });
    return (counts.reduce((sum, one) => sum + one, 0) * MINUTE_MS) / elapsedMs;
  };
  const limit = during.at(-1)?.limit;
  return {
    from,
    succeeded: rate(({ succeeded }) => succeeded),
    failed: rate(({ failed }) => failed),
    throttled: rate(({ throttled }) => throttled),
    inFlight: during.reduce((most, { inFlight }) => Math.max(most, inFlight), 0),
    ...(limit !== undefined && { limit }),
  };
}
