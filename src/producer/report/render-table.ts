import { formatRate, formatSpan, utcTime, visible } from '../../ui/format.ts';
import type { ImageRow } from '../../ui/image-row.ts';
import { formatCounts } from '../progress.ts';
import type { BatchReport, FailureGroup, Spread } from './build-report.ts';

const NAME_WIDTH = 40;
const MAX_NAMES = 5;

/** For a terminal: one line per image, then the failures, and the summary last, above the prompt. */
export function renderTable(report: BatchReport): string {
  const parts = [imageTable(report.images), failureLines(report.failures), summaryLines(report)];
  const texts = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

const HEAD = ['STATE', 'NAME', 'KIND', 'TRY', 'WAITED', 'IN IMS', 'FINISHED (UTC)', 'IMAGE'];
/** Columns of numbers are aligned right. */
const RIGHT: ReadonlySet<number> = new Set([3, 4, 5]);

function imageTable(images: readonly ImageRow[]): readonly string[] {
  const rows = [HEAD, ...images.map(cells)];
  const widths = HEAD.map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  const padded = (text: string, column: number): string =>
    RIGHT.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}

function cells(row: ImageRow): readonly string[] {
  const { error, imageId, jobId } = row;
  const id = imageId ?? (jobId === undefined ? '' : `job ${jobId}`);
  return [
    row.held ? 'unknown (held)' : row.state,
    cut(visible(row.name), NAME_WIDTH),
    row.quick ? `${row.kind}, quick` : row.kind,
    String(row.attempt),
    span(row.waitingMs),
    span(row.inImsMs),
    row.finishedAt === undefined ? '-' : utcTime(row.finishedAt),
    error ? visible(`${error.code}: ${error.message}`) : id,
  ];
}

function failureLines(failures: readonly FailureGroup[]): readonly string[] {
  return failures.flatMap(({ state, held, code, message, advice, count, names }) => {
    const some = names.slice(0, MAX_NAMES).map((name) => cut(visible(name), NAME_WIDTH));
    const more = count > MAX_NAMES ? ` and ${count - MAX_NAMES} more` : '';
    return [
      `${count} ${held ? 'unknown (held)' : state}: ${visible(code)}: ${visible(message)}`,
      `  ${visible(advice)}`,
      `  ${some.join(', ')}${more}`,
    ];
  });
}

function summaryLines(report: BatchReport): readonly string[] {
  const { beganAt, endedAt, durationMs, perHour, isPaused } = report;
  const end = endedAt === undefined ? 'not finished' : `ended ${utcTime(endedAt)}`;
  const lines = [
    ['Batch', `${visible(report.batch)}${isPaused ? ' (paused)' : ''}`],
    ['Images', `${report.total}: ${formatCounts(report.counts)}`],
    ['Time', `began ${utcTime(beganAt)} UTC, ${end}, ${formatSpan(durationMs)}`],
    ['Pace', perHour === undefined ? '-' : `${formatRate(perHour)} images an hour`],
    ['Waited', spread(report.waiting)],
    ['In IMS', spread(report.inIms)],
  ];
  return lines.map(([label = '', text]) => `${label.padEnd(6)}  ${text}`);
}

function spread(value: Spread | undefined): string {
  if (value === undefined) return '-';
  return `median ${formatSpan(value.median)}, 95 % within ${formatSpan(value.p95)}`;
}

function span(ms: number | undefined): string {
  return ms === undefined ? '-' : formatSpan(ms);
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}
