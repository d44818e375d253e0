import type { NotableImages } from '../../producer/live/image-scout.ts';
import type { BatchView, Overview } from '../../producer/live/overview.ts';
import { formatCounts, isFinished } from '../../producer/progress.ts';
import { othersText } from '../../shared/ledger/foreign-images.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { stopText } from '../describe-stop.ts';
import { shortImageLine } from '../image-line.ts';
import { batchRow, widthsOf } from './batch-rows.ts';
import { cutText, wrapText } from './fit-text.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Scene {
  readonly overview: Overview;
  /** Images of the one batch that is watched. */
  readonly images?: NotableImages;
  /** Why this is older than a second. */
  readonly trouble?: string;
}

const END = 'Ctrl-C ends this; the import goes on.';

/** The live table as lines that fit into the terminal. */
export function drawFrame({ overview, images, trouble }: Scene, size: Size): readonly string[] {
  const columns = Math.max(10, size.columns - 1);
  const rows = Math.max(3, size.rows - 1);
  const { batches, inFlight, stop, others } = overview;
  const what = batches.length === 1 ? '1 batch' : `${batches.length} batches`;
  const head = [cutText(`${what}, ${inFlight} images in IMS's hands`, columns), ''];
  const told = [
    ...(trouble === undefined ? [] : wrapText(trouble, columns, 2)),
    ...(stop === null ? [] : wrapText(stopText(stop), columns, 4)),
    ...(others === undefined ? [] : wrapText(escapeText(othersText(others)), columns, 6)),
  ];
  const foot = [...(told.length === 0 ? [] : ['', ...told]), '', cutText(END, columns)];
  const room = Math.max(1, rows - head.length - foot.length);
  const table = batchTable(batches, columns, images ? Math.min(room, 1) : room);
  const [only] = batches;
  const below =
    images && only ? oneBatch(only, images, { columns, rows: room - table.length }) : [];
  const body = batches.length === 0 ? ['There is no batch yet.'] : [...table, ...below];
  return [...head, ...body, ...foot].slice(-rows);
}

/** A line a batch; of too many those that are under way, the latest first. */
function batchTable(
  batches: readonly BatchView[],
  columns: number,
  rows: number,
): readonly string[] {
  const all = batches.length <= rows;
  const shown = all ? batches : mostUrgent(batches, rows - 1);
  const widths = widthsOf(shown, columns);
  const lines = shown.map((view) => batchRow(view, widths, columns));
  return all ? lines : [...lines, `… and ${batches.length - shown.length} more`];
}

function mostUrgent(batches: readonly BatchView[], count: number): readonly BatchView[] {
  const latest = batches.toReversed();
  const running = latest.filter(({ summary }) => !isFinished(summary));
  const ended = latest.filter(({ summary }) => isFinished(summary));
  const kept = new Set([...running, ...ended].slice(0, Math.max(0, count)));
  return batches.filter((view) => kept.has(view));
}

/** Counts by state; then images in trouble, under way and just done, as many as fit. */
function oneBatch(
  { summary }: BatchView,
  { troubled, underWay, succeeded }: NotableImages,
  { columns, rows }: Size,
): readonly string[] {
  const counts = wrapText(formatCounts(summary.counts), columns, 3);
  const room = rows - counts.length - 1;
  if (room < 1) return counts.slice(0, Math.max(0, rows));
  const others = [...underWay, ...succeeded];
  const most = Math.max(Math.ceil(room / 2), room - others.length);
  const { failed, cancelled, unknown } = summary.counts;
  const isMore = failed + cancelled + unknown > most;
  const inTrouble = troubled.slice(0, isMore ? most - 1 : most);
  const hint = isMore ? [`… all: ims-ferry status ${summary.batch} --failed`] : [];
  const rest = others.slice(0, room - inTrouble.length - hint.length);
  const width = Math.max(0, ...[...inTrouble, ...rest].map(({ state }) => state.status.length));
  const line = (entry: LedgerEntry): string => shortImageLine(entry, width);
  const images = [...inTrouble.map(line), ...hint, ...rest.map(line)].map((text) =>
    cutText(text, columns),
  );
  return images.length === 0 ? counts : [...counts, '', ...images];
}
