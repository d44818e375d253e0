import { MAX_ENDED, type ProjectFacts } from './project-facts.ts';
import type { Workload } from './schedule.ts';

type StartGap = Pick<Workload, 'gapMs' | 'gapError'>;

const NONE: StartGap = { gapMs: 0, gapError: 0 };
/** Fewer of the places than this were taken, on average, although images wait: something else limits the starts. */
const FULL_SHARE = 0.85;
const WINDOW_MS = 180_000;
const LEAST_SPAN_MS = 60_000;
const LEAST_STARTS = 3;
/** A pause that is longer than this, and than several usual ones, was a stop. */
const STOP = { ms: 60_000, usual: 5 };

/** The pause between two starts where places stay empty (throttling, a slow disk), as measured lately; else none. */
export function startGap(facts: ProjectFacts): StartGap {
  const { now, limit, places, inFlight, queue } = facts;
  if (queue.length === 0 || places >= FULL_SHARE * limit || inFlight.length < places) return NONE;
  const starts = recentStarts(facts);
  const from = starts.at(-1) ?? now;
  if (starts.length < LEAST_STARTS || now - from < LEAST_SPAN_MS) return NONE;
  // Where imports end together, places are empty for a moment only.
  if (meanTaken(facts, from) >= FULL_SHARE * limit) return NONE;
  return { gapMs: (now - from) / starts.length, gapError: 1 / Math.sqrt(starts.length) };
}

/** Since the last stop, the latest first. */
function recentStarts({ now, inFlight, ended }: ProjectFacts): readonly number[] {
  // Of very many only the last are known.
  const isWhole = ended.length < MAX_ENDED;
  const known = isWhole ? 0 : Math.min(...ended.map(({ startedAt, tookMs }) => startedAt + tookMs));
  const starts = [...inFlight, ...ended]
    .map(({ startedAt }) => startedAt)
    .filter((at) => at > Math.max(known, now - WINDOW_MS) && at <= now)
    .sort((a, b) => b - a);
  const gaps = starts.slice(1).map((at, index) => (starts[index] ?? at) - at);
  const usual = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0;
  const stop = gaps.findIndex((gap) => gap > Math.max(STOP.ms, STOP.usual * usual));
  return stop < 0 ? starts : starts.slice(0, stop + 1);
}

/** How many places were taken since then, on average. */
function meanTaken({ now, inFlight, ended }: ProjectFacts, from: number): number {
  const spans = [
    ...inFlight.map(({ startedAt }) => [startedAt, now] as const),
    ...ended.map(({ startedAt, tookMs }) => [startedAt, startedAt + tookMs] as const),
  ];
  const taken = spans.map(([start, end]) => Math.max(0, end - Math.max(from, start)));
  return taken.reduce((sum, ms) => sum + ms, 0) / (now - from);
}
