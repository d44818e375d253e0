import type { BatchSummary, Counts } from '../shared/ledger/batch-store.ts';
import type { Outlook } from '../shared/outlook/outlook.ts';
import { doneText } from '../shared/outlook/words.ts';
import { utcTime } from '../ui/format.ts';
import { marksTexts } from '../ui/sharing-words.ts';
import { DISPLAY_ORDER, settledCount } from '../ui/states.ts';

/** A moment of a batch, as the progress line shows it. */
export interface Moment {
  readonly summary: BatchSummary;
  /** Absent: it was not read. */
  readonly outlook?: Outlook;
  /** @default in UTC */
  readonly time?: (at: number) => string;
}

export function isFinished(summary: BatchSummary): boolean {
  return settledCount(summary.counts) >= summary.total;
}

/** `done about 14:20 UTC (± 20 min)`, `not advancing`; empty where there is nothing to say. */
function endText({ summary, outlook, time = utcClock }: Moment): string {
  const { done } = outlook ?? {};
  if (done === undefined || done.kind === 'unknown' || isFinished(summary)) return '';
  return doneText(done, time);
}

function utcClock(at: number): string {
  return `${utcTime(at).slice(11, 16)} UTC`;
}

/** `7 succeeded, 1 failed, 3 creating, 10 pending`: the states that occur. */
export function formatCounts(counts: Counts): string {
  const parts = DISPLAY_ORDER.filter((state) => state !== 'held' && counts[state] > 0).map(
    (state) => {
      const held = state === 'unknown' && counts.held > 0 ? ` (${counts.held} held)` : '';
      return `${counts[state]} ${state}${held}`;
    },
  );
  return parts.length === 0 ? 'no images' : parts.join(', ');
}

/** The same, and what there is to say beside the states. */
export function countsText({ counts, marks }: Pick<BatchSummary, 'counts' | 'marks'>): string {
  return [formatCounts(counts), ...marksTexts(marks)].join('; ');
}

/** One line for a log or a pipe. */
export function plainLine(moment: Moment): string {
  const { summary } = moment;
  const end = endText(moment);
  const left = end === '' ? '' : `, ${end}`;
  const done = `${settledCount(summary.counts)}/${summary.total}`;
  return `${summary.batch}: ${done} done (${formatCounts(summary.counts)})${left}`;
}

/** `███░░`: a share from 0 to 1 in `width` characters. */
export function drawBar(share: number, width: number): string {
  const filled = Math.min(width, Math.max(0, Math.round(share * width)));
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

/** A bar for a terminal of `columns` characters; never longer than one line. */
export function barLine(moment: Moment, columns: number): string {
  const { summary } = moment;
  const share = summary.total === 0 ? 1 : settledCount(summary.counts) / summary.total;
  const bar = drawBar(share, Math.max(10, Math.min(30, columns - 60)));
  const end = endText(moment);
  const left = end === '' ? '' : ` · ${end}`;
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  // The end comes before what may be cut off.
  const line = `${bar} ${percent} ${settledCount(summary.counts)}/${summary.total}${left} · ${formatCounts(summary.counts)}`;
  return line.slice(0, Math.max(1, columns - 1));
}
