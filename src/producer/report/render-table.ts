import { differencesText } from '../../shared/state/story-line.ts';
import { cutTo, hang, padTo, widthOf } from '../../shared/text/layout.ts';
import { formatSpan, rateText, utcTime, visible } from '../../ui/format.ts';
import { type ImageRow, kindText, labelOf } from '../../ui/image-row.ts';
import { retentionText } from '../../ui/retention-words.ts';
import { countsText } from '../progress.ts';
import type { BatchReport, FailureGroup, Spread } from './build-report.ts';

const NAME_WIDTH = 40;
const MAX_NAMES = 5;

/**
 * For a terminal of `columns` characters: one line per image, then the failures, and the summary last, above the
 * prompt. Without a width (a file, a pipe) nothing is left out or cut.
 */
export function renderTable(report: BatchReport, columns = Number.POSITIVE_INFINITY): string {
  const parts = [
    imageTable(report.images, columns),
    failureLines(report.failures, columns),
    noteLines(report.images, columns),
    summaryLines(report, columns),
  ];
  const texts = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

interface Column {
  readonly title: string;
  readonly of: (row: ImageRow) => string;
  /** Numbers are aligned right. */
  readonly isRight?: true;
  /** Where there is too little room, the column with the highest number is left out first; absent: it stays. */
  readonly drop?: number;
  /** Texts may be long: a quarter of the room is enough. */
  readonly isCut?: true;
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE', of: (row) => (row.held ? 'unknown (held)' : row.state) },
  { title: 'NAME', of: (row) => visible(labelOf(row)), isCut: true },
  { title: 'KIND', of: (row) => visible(kindText(row)), drop: 5 },
  { title: 'TRY', of: ({ attempt }) => String(attempt), isRight: true, drop: 4 },
  { title: 'WAITED', of: ({ waitingMs }) => span(waitingMs), isRight: true, drop: 3 },
  { title: 'IN IMS', of: ({ inImsMs }) => span(inImsMs), isRight: true, drop: 1 },
  {
    title: 'FINISHED (UTC)',
    of: ({ finishedAt }) => (finishedAt === undefined ? '-' : utcTime(finishedAt)),
    drop: 2,
  },
  { title: 'OS', of: ({ osVersion }) => visible(osVersion ?? '-'), drop: 7 },
  { title: 'SOURCE', of: ({ imageUrl }) => visible(imageUrl), drop: 6 },
  { title: 'IMAGE', of: resultOf },
];

/** What came of it: the reason, or the id of the image or job. */
function resultOf({ error, imageId, jobId }: ImageRow): string {
  if (error) return visible(`${error.code}: ${error.message}`);
  return imageId ?? (jobId === undefined ? '' : `job ${jobId}`);
}

/** As much of an id or a reason as is of use. */
const LAST_WIDTH = 36;

function imageTable(images: readonly ImageRow[], columns: number): readonly string[] {
  const most = Math.min(NAME_WIDTH, Math.max(16, Math.floor(columns / 4)));
  const all = COLUMNS.map((column) => {
    const texts = [column.title, ...images.map(column.of)];
    const cells = column.isCut ? texts.map((text) => cutTo(text, most)) : texts;
    return {
      ...column,
      cells,
      width: cells.reduce((most, cell) => Math.max(most, widthOf(cell)), 0),
    };
  });
  const shown = fitting(all, columns);
  return Array.from({ length: images.length + 1 }, (_, row) => {
    const cells = shown.map(({ cells, width, isRight }) => {
      const text = cells[row] ?? '';
      return isRight ? text.padStart(width) : padTo(text, width);
    });
    return cutTo(cells.join('  ').trimEnd(), columns);
  });
}

/** The columns for which there is room, the last one being cut to what is left. */
function fitting<C extends { readonly drop?: number; readonly width: number }>(
  all: readonly C[],
  columns: number,
): readonly C[] {
  const needed = (kept: readonly C[]): number =>
    kept.reduce((sum, { width }, at) => {
      const isLast = at === kept.length - 1;
      return sum + (isLast ? Math.min(LAST_WIDTH, width) : width + 2);
    }, 0);
  let shown = all;
  while (needed(shown) > columns) {
    const first = shown.reduce((most, { drop = 0 }) => Math.max(most, drop), 0);
    if (first === 0) break;
    shown = shown.filter(({ drop = 0 }) => drop !== first);
  }
  return shown;
}

function failureLines(failures: readonly FailureGroup[], columns: number): readonly string[] {
  return failures.flatMap(({ state, held, code, message, advice, count, labels }) => {
    const some = labels.slice(0, MAX_NAMES).map((name) => cutTo(visible(name), NAME_WIDTH));
    const more = count > MAX_NAMES ? ` and ${count - MAX_NAMES} more` : '';
    const what = `${count} ${held ? 'unknown (held)' : state}: ${visible(code)}: ${visible(message)}`;
    return [
      ...hang('', what, columns),
      ...hang('  ', visible(advice), columns),
      ...hang('  ', `${some.join(', ')}${more}`, columns),
    ];
  });
}

/** Images that are not as requested, not shared with all projects, or pruned since. */
function noteLines(images: readonly ImageRow[], columns: number): readonly string[] {
  const differing = images.filter(({ differences }) => differences.length > 0);
  const unshared = images.filter(
    ({ sharing }) => sharing !== undefined && sharing.state !== 'done',
  );
  const pruned = images.filter(({ prunedAt }) => prunedAt !== undefined);
  const each = (rows: readonly ImageRow[], text: (row: ImageRow) => string): readonly string[] =>
    rows.flatMap((row) => hang('  ', `${visible(labelOf(row))}: ${visible(text(row))}`, columns));
  return [
    ...(differing.length > 0 ? [`${differing.length} not as requested`] : []),
    ...each(differing, ({ differences }) => differencesText(differences)),
    ...(unshared.length > 0 ? [`${unshared.length} not shared with all projects yet`] : []),
    ...each(unshared, ({ sharing }) => sharing?.text ?? ''),
    ...(pruned.length > 0 ? [`${pruned.length} pruned since`] : []),
    ...each(pruned, ({ prunedAt }) => `its image was deleted ${utcTime(prunedAt ?? 0)} UTC`),
  ];
}

function summaryLines(report: BatchReport, columns: number): readonly string[] {
  const { beganAt, endedAt, durationMs, perHour, isPaused } = report;
  const end = endedAt === undefined ? 'not finished' : `ended ${utcTime(endedAt)}`;
  const newest = retentionText(report.retention);
  const lines = [
    ['Batch', `${visible(report.batch)}${isPaused ? ' (paused)' : ''}`],
    ['Images', `${report.total}: ${countsText(report)}`],
    ['Time', `began ${utcTime(beganAt)} UTC, ${end}, ${formatSpan(durationMs)}`],
    ['Rate', perHour === undefined ? '-' : `${rateText(perHour / 60)} over the whole time`],
    ['Waited', spread(report.waiting)],
    ['In IMS', spread(report.inIms)],
    ...(report.notify === undefined ? [] : [['Notify', visible(report.notify)] as const]),
    ...(newest === undefined ? [] : [['Prune', `keeps ${visible(newest)}`] as const]),
  ] as const;
  return lines.flatMap(([label, text]) => hang(`${label.padEnd(6)}  `, text, columns));
}

function spread(value: Spread | undefined): string {
  if (value === undefined) return '-';
  return `median ${formatSpan(value.median)}, 95 % within ${formatSpan(value.p95)}`;
}

function span(ms: number | undefined): string {
  return ms === undefined ? '-' : formatSpan(ms);
}
