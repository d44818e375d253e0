import type { NotableImages } from '../../producer/live/image-scout.ts';
import { countsText } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { failureTable, groupFailures, imageTable } from './image-rows.ts';
import { cut, type Line, line, type Size, styled, wrap } from './text.ts';

interface OneBatch {
  readonly images: NotableImages;
  /** By the wall clock. */
  readonly now: number;
}

/** How many codes are listed at most; a batch has few. */
const MOST_CODES = 6;

/**
 * Counts by state; failures by code; then images that are held or failed, in IMS, and just done, as many
 * as fit.
 */
export function oneBatchRows(
  summary: BatchSummary,
  { images, now }: OneBatch,
  { columns, rows }: Size,
): readonly Line[] {
  const counts = wrap(countsText(summary), columns, 3);
  const groups = groupFailures(summary.troubles, images.troubled);
  const codes = failureTable(groups, columns).slice(0, Math.min(MOST_CODES, Math.floor(rows / 3)));
  const next = nextRows(summary, columns);
  const above = [...counts, ...section(codes), ...next];
  const room = rows - above.length - 1;
  if (room < 1) return above.slice(0, Math.max(0, rows));
  const { troubled, underWay, succeeded } = images;
  // The codes say what failed: single images are named only where there are few.
  const named = troubled.slice(
    0,
    Math.max(0, Math.min(room - underWay.length, Math.ceil(room / 2))),
  );
  const listed = [...named, ...underWay, ...succeeded].slice(0, room);
  return [...above, ...section(imageTable(listed, now, columns))];
}

/** What to do about images that failed or are held. */
function nextRows({ batch, counts }: BatchSummary, columns: number): readonly Line[] {
  const commands = nextCommands(batch, counts);
  return commands.map((command) => cut(line(styled('dim', 'next: '), command), columns));
}

/** The commands that lead on from failed and held images. */
export function nextCommands(
  batch: string,
  { failed, held }: { readonly failed: number; readonly held: number },
): readonly string[] {
  return [
    ...(failed > 0
      ? [`ims-ferry status ${shellQuoted(batch)} --failed`, `ims-ferry retry ${shellQuoted(batch)}`]
      : []),
    ...(held > 0 ? [`ims-ferry resolve ${shellQuoted(batch)}`] : []),
  ];
}

function section(lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [[], ...lines];
}
