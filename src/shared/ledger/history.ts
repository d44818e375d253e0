import type { HistoryPoint } from '../outlook/outlook.ts';
import type { Outage } from '../outlook/project-facts.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { luaFile, NO_ANSWER, StorePart } from './scripts.ts';

const NOTE = luaFile('history.lua').script('note', NO_ANSWER);
const MINUTE_MS = 60_000;

/** What a worker reports once per maintenance cycle. */
interface HistoryNote {
  /** Wall clock. */
  readonly now: number;
  readonly limit: number;
  /** Answers 429 that it has got since its last report. */
  readonly throttled: number;
  /** True for the one worker that reports what is in flight. */
  readonly keeps: boolean;
  /** A longer pause between two reports, with images in flight, means that no worker was there. */
  readonly patienceMs: number;
}

/**
 * What the project did in the last week, for people: outcomes are counted by the script that writes them, so that
 * each counts once whatever is killed; what is in flight is noted by one worker at a time. A few kilobytes.
 */
export class History extends StorePart {
  async note(note: HistoryNote): Promise<void> {
    if (!note.keeps && note.throttled === 0) return;
    await this.run(NOTE, this.keys.history, { ...note, now: Math.round(note.now) });
  }

  /** The oldest first. Intervals in which nothing was in flight and nothing ended are left out. */
  async read(): Promise<readonly HistoryPoint[]> {
    return parseHistory(await this.redis.hgetall(this.keys.history));
  }

  /**
   * When images were in flight and no worker was there, the oldest first. What ends ahead of `now` is the
   * leap of a clock that was set back since: by that every import would look late.
   */
  async outages(now: number): Promise<readonly Outage[]> {
    const gaps = (await this.redis.hget(this.keys.history, 'gaps')) ?? '';
    return gaps.split(';').flatMap((gap) => {
      const [from = Number.NaN, to = Number.NaN] = gaps === '' ? [] : gap.split(' ').map(Number);
      return from < to && to <= now ? [{ from, to }] : [];
    });
  }
}

/** Minutes of the longer spans, the longest first. */
const SPANS = [60, 10, 1];

export function parseHistory(hash: Readonly<Record<string, string>>): readonly HistoryPoint[] {
  const points: HistoryPoint[] = [];
  for (const span of SPANS) {
    for (const interval of (hash[String(span)] ?? '').split(';')) {
      const [index = '', ...values] = interval.split(' ');
      if (index !== '') points.push(pointOf(Number(index), span, values));
    }
  }
  for (const [field, value] of Object.entries(hash)) {
    if (!SPANS.includes(Number(field))) points.push(pointOf(Number(field), 1, value.split(' ')));
  }
  return merged(points.filter((point) => Object.values(point).every(Number.isFinite)));
}

function pointOf(index: number, span: number, values: readonly string[]): HistoryPoint {
  const [succeeded = 0, failed = 0, inFlight = 0, limit = 0, throttled = 0] = values.map(Number);
  const [from, spanMs] = [index * span * MINUTE_MS, span * MINUTE_MS];
  const point = { from, spanMs, succeeded, failed, inFlight, throttled };
  return omitUndefined({ ...point, limit: limit > 0 ? limit : undefined });
}

/** A late report of a minute belongs to the interval that has taken that minute over. */
function merged(points: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const kept: HistoryPoint[] = [];
  for (const point of points.toSorted((a, b) => a.from - b.from || b.spanMs - a.spanMs)) {
    const last = kept.at(-1);
    if (last === undefined || point.from >= last.from + last.spanMs) kept.push(point);
    else {
      kept[kept.length - 1] = {
        ...last,
        succeeded: last.succeeded + point.succeeded,
        failed: last.failed + point.failed,
        inFlight: Math.max(last.inFlight, point.inFlight),
        throttled: last.throttled + point.throttled,
      };
    }
  }
  return kept;
}
