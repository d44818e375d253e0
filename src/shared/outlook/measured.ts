import type { HistoryPoint } from './outlook.ts';

const MINUTE_MS = 60_000;
const WINDOW_MS = 30 * MINUTE_MS;
/** Minutes without anything in flight that separate one run from the next. */
const PAUSE_MS = 3 * MINUTE_MS;

/** How much was done lately. */
interface MeasuredRate {
  readonly perMinute: number;
  /** What is counted, by the wall clock. */
  readonly from: number;
}

/**
 * Outcomes per minute over the last half hour, or since this run began; `undefined` where nothing has ended in it.
 */
export function measuredRate(
  points: readonly HistoryPoint[],
  now: number,
): MeasuredRate | undefined {
  const recent = points.filter(
    ({ from, spanMs }) => from + spanMs > now - WINDOW_MS && from <= now,
  );
  let start = recent.length;
  for (let at = recent.length - 1; at >= 0; at -= 1) {
    const [point, later] = [recent[at], recent[at + 1]];
    if (point && later && later.from - point.from - point.spanMs >= PAUSE_MS) break;
    start = at;
  }
  const run = recent.slice(start);
  const ended = run.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0);
  const from = run[0]?.from;
  if (from === undefined || ended === 0) return undefined;
  return { perMinute: (ended * MINUTE_MS) / Math.max(MINUTE_MS, now - from), from };
}
