import type { ProjectFacts } from './project-facts.ts';
import type { Workload } from './schedule.ts';

type StartGap = Pick<Workload, 'gapMs' | 'gapError'>;

const NONE: StartGap = { gapMs: 0, gapError: 0 };
/** Fewer of the places than this are taken although images wait: something else limits the starts. */
const FULL_SHARE = 0.85;
const WINDOW_MS = 300_000;
const LEAST_SPAN_MS = 60_000;
const LEAST_STARTS = 3;
/** A pause that is longer than this, and than several usual ones, was a stop. */
const STOP = { ms: 60_000, usual: 5 };

/** The pause between two starts where places stay empty (throttling, a slow disk), as measured lately; else none. */
export function startGap({ now, limit, places, inFlight, ended, queue }: ProjectFacts): StartGap {
  if (queue.length === 0 || places >= FULL_SHARE * limit || inFlight.length < places) return NONE;
  const starts = [...inFlight, ...ended]
    .map(({ startedAt }) => startedAt)
    .filter((at) => at > now - WINDOW_MS && at <= now)
    .sort((a, b) => b - a);
  const gaps = starts.slice(1).map((at, index) => (starts[index] ?? at) - at);
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const stop = gaps.findIndex((gap) => gap > Math.max(STOP.ms, STOP.usual * usual));
  const recent = stop < 0 ? starts : starts.slice(0, stop + 1);
  const spanMs = now - (recent.at(-1) ?? now);
  if (recent.length < LEAST_STARTS || spanMs < LEAST_SPAN_MS) return NONE;
  return { gapMs: spanMs / recent.length, gapError: 1 / Math.sqrt(recent.length) };
}
