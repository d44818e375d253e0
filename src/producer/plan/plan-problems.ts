import { escapeText } from '../../shared/text/escape-text.ts';
import { hang, padTo, widthOf } from '../../shared/text/layout.ts';
import {
  cannotChange,
  describeUpdates,
  inOtherRegion,
} from '../../shared/update/describe-updates.ts';
import { formatCount } from '../../ui/format.ts';
import { labelOf } from '../../ui/image-row.ts';
import { findingText } from './check-sources.ts';
import type { PlannedImage } from './plan.ts';
import type { PlanWord } from './plan-image.ts';

/** How to print images: the width of the terminal, and how many of them at most. */
interface ProblemLines {
  readonly columns: number;
  readonly most: number;
}

/** Of one kind: the first of them stand for the rest. */
const MAX_OF_A_KIND = 20;
const MAX_NAME_WIDTH = 40;

/** Images with what is wrong with them, grouped by that; those that are not listed are counted. */
export function problemLines(
  images: readonly PlannedImage[],
  { columns, most }: ProblemLines,
): readonly string[] {
  const lines: string[] = [];
  let [left, unlisted] = [most, 0];
  for (const [kind, group] of Map.groupBy(images, kindOf)) {
    const listed = group.slice(0, Math.min(left, most === Infinity ? most : MAX_OF_A_KIND));
    left -= listed.length;
    if (listed.length === 0) {
      unlisted += group.length;
      continue;
    }
    const [what = '', why = ''] = kind.split('\n');
    lines.push(...hang('', `${formatCount(group.length)} ${escapeText(what)}`, columns));
    if (why !== '') lines.push(...hang('  ', escapeText(why), columns));
    lines.push(...listOf(listed, columns));
    const more = group.length - listed.length;
    if (more > 0) lines.push(`  and ${formatCount(more)} more`);
  }
  if (unlisted > 0)
    lines.push(`${formatCount(unlisted, 'image has', 'images have')} other problems`);
  return lines;
}

/** What is wrong, and below it why, where that is the same for many. */
function kindOf(image: PlannedImage): string {
  const what = problemOf(image);
  return hasOwnDetails(image) ? what : `${what}\n${detailsOf(image)}`;
}

/** Another image of the same name, or fields that differ: of one image only. */
function hasOwnDetails({ verdict, differs, updates }: PlannedImage): boolean {
  return differs.length > 0 || updates.length > 0 || !SHARED_REASONS.has(verdict);
}

const SHARED_REASONS: ReadonlySet<PlanWord> = new Set(['imported', 'held', 'failed', 'cancelled']);

function problemOf({ verdict, source, differs, updates }: PlannedImage): string {
  const fault = source === null || source.state === 'good' ? undefined : source.message;
  switch (verdict) {
    case 'refused':
      return `refused: ${fault}`;
    case 'over-quota':
      return fault === undefined ? 'over the quota' : `over the quota, and not checked: ${fault}`;
    case 'create':
      if (fault === undefined) return warningOf(source) ?? BESIDE;
      return source?.state === 'bad'
        ? `in the queue already, but IMS would refuse it: ${fault}`
        : `not checked: ${fault}`;
    case 'held':
      return 'held until you decide (ims-ferry resolve)';
    case 'failed':
      return 'failed before, not retried';
    case 'cancelled':
      return 'cancelled before';
    case 'imported':
      if (updates.length > 0) return 'imported, but not as the manifest says';
      return differs.length === 0 ? 'imported, but gone from IMS' : 'imported with other fields';
    case 'adopt':
    case 'under-way':
      return 'under way with other fields';
  }
}

const BESIDE = 'to be created beside an image of the same name';

/** A file that can be imported, with what a person should know before. */
function warningOf(source: PlannedImage['source']): string | undefined {
  const texts = (source?.findings ?? []).map(findingText);
  return texts.length === 0 ? undefined : `to be created, with a warning: ${texts.join('; ')}`;
}

/** `spring.yaml:12  web-01  bucket:web-01.qcow2`, the address on a line of its own where there is no room. */
function listOf(images: readonly PlannedImage[], columns: number): readonly string[] {
  const rows = images.map((image) => ({
    place: escapeText(`${image.file}:${image.line}`),
    name: escapeText(labelOf({ ...image, copyTo: image.copy_to ?? undefined })),
    url: escapeText(image.image_url),
    more: hasOwnDetails(image) ? detailLines(image).map(escapeText) : [],
  }));
  const widest = (of: (row: (typeof rows)[number]) => string): number =>
    rows.reduce((most, row) => Math.max(most, widthOf(of(row))), 0);
  const placeWidth = widest(({ place }) => place);
  const nameWidth = Math.min(
    MAX_NAME_WIDTH,
    widest(({ name }) => name),
  );
  const room = columns - placeWidth - nameWidth - 6;
  const isNarrow = widest(({ url }) => url) > room;
  return rows.flatMap(({ place, name, url, more }) => {
    const head = `  ${padTo(place, placeWidth)}  `;
    const lines = isNarrow
      ? [`${head}${name}`, `    ${url}`]
      : [`${head}${padTo(name, nameWidth)}  ${url}`];
    return [...lines, ...more.flatMap((text) => hang('    ', text, columns))];
  });
}

/** What there is to say about an image besides its verdict and its object. */
export function detailsOf(image: PlannedImage): string {
  return detailLines(image).join('; ');
}

/** Each difference is a line of its own. */
function detailLines(image: PlannedImage): readonly string[] {
  const { differs, updates, cannot_change, notes, copy_to } = image;
  const isElsewhere = image.verdict === 'imported' && copy_to !== null;
  const written = updates.map(({ field }) => field.split('.')[0]);
  const others = differs.filter(
    (field) => !written.includes(field) && !cannot_change.includes(field),
  );
  const parts = [
    ...(others.length === 0 ? [] : [`differs in ${others.join(', ')}`]),
    ...(others.length > 0 && isElsewhere ? [inOtherRegion(others)] : []),
    ...(cannot_change.length === 0 ? [] : [cannotChange(cannot_change)]),
    ...notes.map((text) => text.replace(/\.$/, '')),
  ];
  return [...describeUpdates(updates), ...(parts.length === 0 ? [] : [parts.join('; ')])];
}
