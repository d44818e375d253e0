import type { BatchView } from '../../producer/live/overview.ts';
import { drawBar, isFinished } from '../../producer/progress.ts';
import { formatDuration } from '../../ui/format.ts';
import { settledCount } from '../../ui/states.ts';
import { cutText, fitText, widthOf } from './fit-text.ts';

/** `web  ██████░░░░  60%  600/1000  12/min  ETA 33m 20s  3 failed`: as much as there is room for. */
export function batchRow(view: BatchView, widths: Widths, columns: number): string {
  const { summary } = view;
  const settled = settledCount(summary.counts);
  const share = summary.total === 0 ? 1 : settled / summary.total;
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const count = `${settled}/${summary.total}`.padStart(widths.count);
  const bar = widths.bar === 0 ? [] : [drawBar(share, widths.bar)];
  let line = [fitText(summary.batch, widths.name), ...bar, percent, count].join('  ');
  for (const part of partsOf(view)) {
    const longer = `${line}  ${part}`;
    if (widthOf(longer) > columns) break;
    line = longer;
  }
  return cutText(line, columns);
}

export interface Widths {
  readonly name: number;
  /** 0: no room for a bar. */
  readonly bar: number;
  readonly count: number;
}

/** Columns that line up over all batches. */
export function widthsOf(views: readonly BatchView[], columns: number): Widths {
  const counts = views.map(
    ({ summary }) => `${settledCount(summary.counts)}/${summary.total}`.length,
  );
  const count = Math.max(0, ...counts);
  const longest = Math.max(0, ...views.map(({ summary }) => summary.batch.length));
  const name = Math.max(4, Math.min(longest, Math.floor(columns / 3), columns - count - 8));
  const bar = Math.min(24, columns - name - count - 44);
  return { name, bar: bar >= 6 ? bar : 0, count };
}

/** What else there is to say, the most important first. */
function partsOf({ summary, perMinute, etaMs }: BatchView): readonly string[] {
  const { counts, isPaused } = summary;
  const parts: string[] = [];
  if (isPaused) parts.push('paused');
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.held > 0) parts.push(`${counts.held} held`);
  if (isFinished(summary)) return parts.length === 0 ? ['done'] : parts;
  if (etaMs !== undefined) parts.push(`ETA ${formatDuration(etaMs)}`);
  if (perMinute !== undefined) parts.push(formatRate(perMinute));
  if (counts.unknown > counts.held) parts.push(`${counts.unknown - counts.held} unknown`);
  if (counts.cancelled > 0) parts.push(`${counts.cancelled} cancelled`);
  return parts;
}

/** `120/min`, `3.4/min`, `0/min`. */
function formatRate(perMinute: number): string {
  const isSlow = perMinute > 0 && perMinute < 10;
  return `${isSlow ? perMinute.toFixed(1) : Math.round(perMinute)}/min`;
}
