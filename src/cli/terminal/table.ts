import { cut, cutMiddle, type Line, line, pad, styled, widthOf } from './text.ts';

/** A column of a table. A column without any text is left out. */
export interface Column {
  readonly title?: string;
  readonly cells: readonly Line[];
  /** Numbers are aligned right. */
  readonly right?: boolean;
  /** What does not fit is cut in the middle. */
  readonly isName?: boolean;
  /** It may become this narrow before a column is dropped. @default as wide as its texts */
  readonly min?: number;
  /** Used where there is no room for the others, before a column is dropped. */
  readonly short?: readonly Line[];
  /** Dropped where there is no room, the highest first. @default never */
  readonly drop?: number;
  /** Draws its cells in the width that it gets; `cells` then show the widest. */
  readonly draw?: (row: number, width: number) => Line;
}

const GAP = '  ';

/** Lines of at most `width` columns, with a line of titles if any column has one. */
export function table(columns: readonly Column[], width: number): readonly Line[] {
  const used = columns.filter(({ cells }) => cells.some((cell) => cell.length > 0));
  const { kept, widths } = layOut(used, width);
  const count = Math.max(0, ...kept.map(({ cells }) => cells.length));
  const titles = kept.map((column) => styled('dim', column.title ?? ''));
  const rows = Array.from({ length: count }, (_, row) =>
    kept.map((column, at) => column.draw?.(row, widths[at] ?? 0) ?? column.cells[row] ?? []),
  );
  const shown = titles.some((title) => title.length > 0) ? [titles, ...rows] : rows;
  return shown.map((row) => cut(alignRow(row, kept, widths), width));
}

function alignRow(
  row: readonly Line[],
  columns: readonly Column[],
  widths: readonly number[],
): Line {
  const lastUsed = row.findLastIndex((cell) => cell.length > 0);
  return row.slice(0, lastUsed + 1).flatMap((whole, at) => {
    const cell = columns[at]?.isName ? cutMiddle(whole, widths[at] ?? 0) : whole;
    const isRight = columns[at]?.right ?? false;
    const isLast = at === lastUsed && !isRight;
    const text = isLast ? cut(cell, widths[at] ?? 0) : pad(cell, widths[at] ?? 0, isRight);
    return at === 0 ? text : line(GAP, text);
  });
}

interface LaidOut {
  readonly kept: readonly Column[];
  readonly widths: readonly number[];
}

/** Narrows what may be narrower; where that is not enough, drops a column and tries again. */
function layOut(columns: readonly Column[], width: number): LaidOut {
  const natural = columns.map(({ cells, title = '' }) =>
    cells.reduce((most, cell) => Math.max(most, widthOf(cell)), title.length),
  );
  const gaps = GAP.length * Math.max(0, columns.length - 1);
  let over = natural.reduce((sum, one) => sum + one, gaps) - width;
  const widths = [...natural];
  // What is drawn to any width first, then the last columns: the first ones name what a row is about.
  const order = [...columns.keys()].reverse().sort((a, b) => rank(columns[a]) - rank(columns[b]));
  for (const at of order) {
    const wide = natural[at] ?? 0;
    const less = Math.max(0, Math.min(over, wide - (columns[at]?.min ?? wide)));
    over -= less;
    widths[at] = wide - less;
  }
  const dropped = columns.reduce<Column | undefined>(
    (most, one) => ((one.drop ?? 0) > (most?.drop ?? 0) ? one : most),
    undefined,
  );
  if (over <= 0) return { kept: columns, widths };
  if (columns.some(({ short }) => short)) return layOut(columns.map(shortened), width);
  if (dropped === undefined) return { kept: columns, widths };
  return layOut(
    columns.filter((one) => one !== dropped),
    width,
  );
}

function shortened({ short, ...column }: Column): Column {
  return { ...column, cells: short ?? column.cells };
}

function rank(column: Column | undefined): number {
  return column?.draw ? 0 : 1;
}
