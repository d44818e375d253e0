import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary, Counts } from '../../shared/ledger/batch-store.ts';
import type { DoneTime, ProjectOutlook } from '../../shared/outlook/outlook.ts';
import { doneText } from '../../shared/outlook/words.ts';
import { rateText } from '../../ui/format.ts';
import { inFlightCount, settledCount } from '../../ui/states.ts';
import { localTime } from './local-time.ts';
import { type Column, table } from './table.ts';
import { join, type Line, line, type Style, styled, widthOf } from './text.ts';

/** What a table of batches is made of. */
interface BatchRows {
  readonly batches: readonly BatchSummary[];
  readonly outlook: ProjectOutlook;
  /** By the wall clock. */
  readonly now: number;
}

const WIDEST_NAME = 40;
/** What needs attention is worth more than the rest of a name. */
const WIDEST_TROUBLE = 26;

/** `web  █████▒▒░░  60 %  600/1000  3 failed  12/min  about 14:20 (± 20 min)`: a line for each batch. */
export function batchRows(rows: BatchRows, width: number): readonly Line[] {
  return table(columnsOf(rows, width), width);
}

function columnsOf({ batches, outlook, now }: BatchRows, width: number): readonly Column[] {
  const widestBar = Math.max(10, Math.min(40, Math.floor(width / 5)));
  const each = (cell: (summary: BatchSummary) => Line): readonly Line[] =>
    batches.map((summary) => cell(summary));
  const troubles = each(troubleText);
  const ends = each((summary) => endText(summary, outlook.batches.get(summary.batch)?.done, now));
  return [
    {
      cells: each(({ batch }) => styled('bold', batch)),
      isName: true,
      min: Math.min(WIDEST_NAME, Math.max(8, Math.floor(width / 4))),
    },
    {
      cells: each(() => line(' '.repeat(widestBar))),
      draw: (row, wide) => (batches[row] ? batchBar(batches[row], wide) : []),
      min: 10,
      drop: 4,
    },
    { cells: each((summary) => line(percentText(shareOf(summary)))), right: true },
    {
      cells: each(({ counts, total }) => line(`${settledCount(counts)}/${total}`)),
      right: true,
      drop: 2,
    },
    { cells: troubles, min: Math.min(WIDEST_TROUBLE, Math.max(...troubles.map(widthOf))) },
    {
      cells: each((summary) => rateCell(outlook.batches.get(summary.batch)?.perMinute, summary)),
      right: true,
      drop: 3,
    },
    { cells: ends, short: ends.map(withoutSpread), drop: 1 },
  ];
}

/** Without `(± 10 min)`. */
export function withoutSpread(end: Line): Line {
  return end.map((span) => ({ ...span, text: span.text.replace(/ \(±.*$/, '') }));
}

interface Counted {
  readonly counts: Counts;
  readonly total: number;
}

function shareOf({ counts, total }: Counted): number {
  return total === 0 ? 1 : settledCount(counts) / total;
}

/** Never 100 % before everything is settled. */
function percentText(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

/** `██████▒▒░░░░`: settled by outcome, in IMS, waiting. */
function batchBar({ counts, total }: Counted, width: number): Line {
  const all = Math.max(1, total);
  const parts: readonly (readonly [number, string, Style])[] = [
    [counts.succeeded, '█', 'green'],
    [counts.failed, '█', 'red'],
    [counts.held + counts.cancelled, '█', 'yellow'],
    [inFlightCount(counts), '▒', 'cyan'],
  ];
  let [done, drawn] = [0, 0];
  const drawnParts = parts.map(([count, mark, style]) => {
    done += count;
    const end = Math.round((done / all) * width);
    // Whatever is there is seen, as far as there is room.
    const until = Math.min(width, count > 0 ? Math.max(end, drawn + 1) : end);
    const text = mark.repeat(Math.max(0, until - drawn));
    drawn = Math.max(drawn, until);
    return styled(style, text);
  });
  return line(...drawnParts, styled('dim', '░'.repeat(width - drawn)));
}

/** `3 failed, 2 held, paused`: what a person should see. */
function troubleText({ counts, isPaused }: BatchSummary): Line {
  const looked = counts.unknown - counts.held;
  return join(
    [
      isPaused ? styled('yellow', 'paused') : undefined,
      counts.failed > 0 ? styled('red', `${counts.failed} failed`) : undefined,
      counts.held > 0 ? styled('yellow', `${counts.held} held`) : undefined,
      looked > 0 ? styled('magenta', `${looked} unknown`) : undefined,
      counts.cancelled > 0 ? styled('dim', `${counts.cancelled} cancelled`) : undefined,
    ],
    ', ',
  );
}

function rateCell(perMinute: number | undefined, summary: BatchSummary): Line {
  return perMinute === undefined || isFinished(summary) ? [] : line(rateText(perMinute));
}

function endText(summary: BatchSummary, done: DoneTime | undefined, now: number): Line {
  if (isFinished(summary)) return styled('green', 'done');
  // That nothing is known yet is in the line of the project.
  if (done === undefined || done.kind === 'done' || done.kind === 'unknown') return [];
  const text = doneText(done, (at) => localTime(at, now));
  return done.kind === 'about' ? line(text) : styled('dim', text);
}
