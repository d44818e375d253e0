import type { NotableImages } from '../producer/live/image-scout.ts';
import type { BatchView, Overview } from '../producer/live/overview.ts';
import { drawBar, formatCounts, isFinished } from '../producer/progress.ts';
import { othersText } from '../shared/ledger/foreign.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { formatDuration } from '../ui/format.ts';
import { settledCount } from '../ui/states.ts';
import { countImages, shortImageLine, stopText } from './describe.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Scene {
  readonly overview: Overview;
  /** Images of the one batch that is watched. */
  readonly images?: NotableImages;
  /** Why this is out of date. */
  readonly trouble?: string;
}

const END = 'Ctrl-C ends this view; the import continues.';

/** The live table as lines that fit into the terminal. */
export function drawFrame({ overview, images, trouble }: Scene, size: Size): readonly string[] {
  const columns = Math.max(10, size.columns - 1);
  const rows = Math.max(3, size.rows - 1);
  const { batches, inFlight, stop, others } = overview;
  const what = batches.length === 1 ? '1 batch' : `${batches.length} batches`;
  const head = [cutText(`${what}, ${countImages(inFlight)} in flight`, columns), ''];
  const notes = [
    ...(trouble === undefined ? [] : wrapText(trouble, columns, 2)),
    ...(stop === null ? [] : wrapText(stopText(stop), columns, 4)),
    ...(others === undefined ? [] : wrapText(escapeText(othersText(others)), columns, 6)),
  ];
  const foot = [...(notes.length === 0 ? [] : ['', ...notes]), '', cutText(END, columns)];
  const room = Math.max(1, rows - head.length - foot.length);
  const table = batchTable(batches, columns, images ? Math.min(room, 1) : room);
  const [only] = batches;
  const below =
    images && only ? oneBatch(only, images, { columns, rows: room - table.length }) : [];
  const body = batches.length === 0 ? ['There are no batches yet.'] : [...table, ...below];
  return [...head, ...body, ...foot].slice(-rows);
}

/** One line per batch; if there are too many, the unfinished ones first, the latest first. */
function batchTable(
  batches: readonly BatchView[],
  columns: number,
  rows: number,
): readonly string[] {
  const visible = batches.length <= rows ? batches : mostUrgent(batches, rows - 1);
  const widths = widthsOf(visible, columns);
  const lines = visible.map((view) => batchRow(view, widths, columns));
  const left = batches.length - visible.length;
  return left === 0 ? lines : [...lines, `… and ${left} more`];
}

function mostUrgent(batches: readonly BatchView[], count: number): readonly BatchView[] {
  const { ended = [], running = [] } = Object.groupBy(batches.toReversed(), ({ summary }) =>
    isFinished(summary) ? 'ended' : 'running',
  );
  const kept = new Set([...running, ...ended].slice(0, Math.max(0, count)));
  return batches.filter((view) => kept.has(view));
}

interface Widths {
  readonly name: number;
  /** 0: no room for a bar. */
  readonly bar: number;
  readonly count: number;
}

/** Column widths that fit all batches. */
function widthsOf(views: readonly BatchView[], columns: number): Widths {
  const counts = views.map(
    ({ summary }) => `${settledCount(summary.counts)}/${summary.total}`.length,
  );
  const count = Math.max(0, ...counts);
  const longest = Math.max(0, ...views.map(({ summary }) => summary.batch.length));
  const name = Math.max(4, Math.min(longest, Math.floor(columns / 3), columns - count - 8));
  const bar = Math.min(24, columns - name - count - 44);
  return { name, bar: bar >= 6 ? bar : 0, count };
}

/** `web  ██████░░░░  60%  600/1000  12/min  ETA 33m 20s  3 failed`: as much as there is room for. */
function batchRow(view: BatchView, widths: Widths, columns: number): string {
  const { summary } = view;
  const settled = settledCount(summary.counts);
  const share = summary.total === 0 ? 1 : settled / summary.total;
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const count = `${settled}/${summary.total}`.padStart(widths.count);
  const bar = widths.bar === 0 ? [] : [drawBar(share, widths.bar)];
  let line = [fitText(summary.batch, widths.name), ...bar, percent, count].join('  ');
  for (const part of detailsOf(view)) {
    const longer = `${line}  ${part}`;
    if (widthOf(longer) > columns) break;
    line = longer;
  }
  return cutText(line, columns);
}

/** The most important first. */
function detailsOf({ summary, perMinute, etaMs }: BatchView): readonly string[] {
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

/** Counts by state; then images with trouble, under way and just done, as many as fit. */
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

/** Chinese, Japanese and Korean characters and emoji are two columns wide in a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;

/** The width of a text in terminal columns. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** At most `columns` columns; a text that is cut ends with `…`. */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const character of text) {
    width += WIDE.test(character) ? 2 : 1;
    if (width > columns) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** Exactly `columns` columns, filled with spaces. */
export function fitText(text: string, columns: number): string {
  const cut = cutText(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - widthOf(cut)));
}

/** Lines of at most `columns` columns, broken between words; at most `most` of them. */
export function wrapText(text: string, columns: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = `${kept[most - 1]} …`;
  return kept.map((each) => cutText(each, columns));
}
