import type { BatchSummary, Counts } from '../../../shared/ledger/batch-store.ts';
import type { Status } from '../../../shared/state/import-state.ts';
import { STATUSES } from '../../../shared/state/machine.ts';
import type { BatchReport, ImageRow, Outcome, Spread } from './batch-report.ts';
import { failureGroups } from './failure-groups.ts';
import { seriesOf } from './series.ts';

const SLOWEST = 10;
const HOUR_MS = 3_600_000;

/** Everything is counted from the rows, so that numbers and list agree while workers go on. */
export function buildReport(
  summary: BatchSummary,
  images: readonly ImageRow[],
  now: number,
): BatchReport {
  const counts = countsOf(images);
  const outcome = outcomeOf(counts, images.length);
  const beganAt = Math.min(summary.createdAt, now);
  const endedAt = outcome === 'unfinished' ? undefined : endOf(summary, images);
  const to = Math.max(beganAt, endedAt ?? now);
  const perHour = rateOf(images, { from: beganAt, to });
  const waiting = spreadOf(images.map(({ waitingMs }) => waitingMs));
  const inIms = spreadOf(images.map((row) => (row.finishedAt ? row.inImsMs : undefined)));
  return {
    batch: summary.batch,
    generatedAt: now,
    outcome,
    isPaused: summary.isPaused,
    counts,
    total: images.length,
    beganAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    durationMs: to - beganAt,
    ...(perHour === undefined ? {} : { perHour }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(inIms === undefined ? {} : { inIms }),
    slowest: slowestOf(images),
    failures: failureGroups(summary.batch, images),
    series: seriesOf(images, { from: beganAt, to }),
    images,
  };
}

function countsOf(images: readonly ImageRow[]): Counts {
  const counts = { held: 0 } as Record<Status | 'held', number>;
  for (const status of STATUSES) counts[status] = 0;
  for (const { state, held } of images) {
    counts[state] += 1;
    if (held) counts.held += 1;
  }
  return counts;
}

function outcomeOf(counts: Counts, total: number): Outcome {
  const settled = counts.succeeded + counts.failed + counts.cancelled + counts.held;
  if (settled < total) return 'unfinished';
  return counts.succeeded === total ? 'succeeded' : 'troubled';
}

/** The mark of the batch may come a moment later than the last of its images. */
function endOf(summary: BatchSummary, images: readonly ImageRow[]): number {
  if (summary.finishedAt !== undefined) return summary.finishedAt;
  let last = summary.createdAt;
  for (const { finishedAt = 0 } of images) last = Math.max(last, finishedAt);
  return last;
}

/** What had succeeded before the batch began was done by another one. */
function rateOf(
  images: readonly ImageRow[],
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const done = images.filter(
    ({ state, finishedAt = 0 }) => state === 'succeeded' && finishedAt >= from,
  ).length;
  return done === 0 || to <= from ? undefined : (done * HOUR_MS) / (to - from);
}

function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, median: rank(0.5), p95: rank(0.95) };
}

function slowestOf(images: readonly ImageRow[]): readonly ImageRow[] {
  return images
    .filter(({ inImsMs }) => inImsMs !== undefined)
    .sort((a, b) => (b.inImsMs ?? 0) - (a.inImsMs ?? 0))
    .slice(0, SLOWEST);
}
