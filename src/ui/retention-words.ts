import { compileGlob } from '../shared/image/glob.ts';
import type { RetentionRows } from '../shared/image/retention.ts';
import { formatCount } from './format.ts';
import type { ImageRow } from './image-row.ts';

const MAX_FAMILIES = 5;

/** `the newest 3 of debian-12-*, the newest of web-*, and 2 other families`; `undefined` without rules. */
export function retentionText(rows: RetentionRows = []): string | undefined {
  if (rows.length === 0) return undefined;
  const shown = rows.slice(0, MAX_FAMILIES).map(({ family, keep_last }) => {
    return `the newest ${keep_last === 1 ? '' : `${formatCount(keep_last)} `}of ${family}`;
  });
  const more = rows.length - shown.length;
  const others = more > 0 ? `, and ${formatCount(more, 'other family', 'other families')}` : '';
  return `${shown.join(', ')}${others}`;
}

/** The rules whose family an image is of. Another cloud, where a copy goes to, is not what `prune` reads. */
export function rulesFor(
  { name, copyTo }: Pick<ImageRow, 'name' | 'copyTo'>,
  rows: RetentionRows = [],
): RetentionRows {
  if (copyTo !== undefined) return [];
  return rows.filter(({ family }) => compileGlob(family).matches(name));
}
