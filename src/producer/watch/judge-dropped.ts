import type { Manifest } from '../../shared/image/image-request.ts';
import { unsizedIssues } from '../expand/size-disks.ts';
import type { ManifestIssue } from '../manifest/issue.ts';
import {
  doubtfulImages,
  factsIn,
  leftOutIssues,
  unsizedImages,
  withoutLeftOut,
} from '../plan/left-out.ts';
import { type LeftOut, type Plan, refusedImages } from '../plan/plan.ts';
import { problemLines } from '../plan/plan-problems.ts';

/** What becomes of the images of a file before they are registered. */
export type DroppedImages =
  | {
      readonly kind: 'go';
      /** Without the images that are left out. */
      readonly manifest: Manifest;
      readonly leftOut: readonly LeftOut[];
      /** What was found of their files, in the words of `submit`. */
      readonly found: readonly string[];
    }
  | { readonly kind: 'refused'; readonly issues: readonly ManifestIssue[] }
  /** Until the bucket answers. */
  | { readonly kind: 'waits'; readonly reason: string; readonly advice?: string };

/** A manifest may have 200,000 images. */
const MAX_LISTED = 40;

/** Decides by a plan of the manifest with all sizes that could be read; pure. */
export function judgeDropped(sized: Manifest, plan: Plan): DroppedImages {
  const waiting = passingOnly(sized);
  const keys = new Set(unsizedImages(sized).map(({ key }) => key));
  const isAnswered = plan.images.some(
    ({ key, source }) => source && source.state !== 'unread' && !keys.has(key),
  );
  // One file that the keys may not read does not hold up the others.
  if (waiting !== undefined && !isAnswered) return waiting;
  const lines = problemLines(doubtfulImages(plan), { columns: Infinity, most: MAX_LISTED });
  // What is wrong, and the images that are listed below it.
  const found = lines.length === 0 ? [] : lines.join('\n').split(/\n(?! )/);
  return rest(sized, {
    leftOut: refusedImages(plan),
    found: found.map(onOneLine),
    facts: factsIn(plan),
  });
}

/** `1 refused: it is encrypted (spring.yaml:4 web bucket:web.qcow2)` */
function onOneLine(text: string): string {
  const [what = '', ...where] = text.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
  return where.length === 0 ? what : `${what} (${where.join(', ')})`;
}

/** The same where nothing was looked at but the sizes that are wanted. */
export function judgeUnseen(
  sized: Manifest,
  { hasKeys, found }: { readonly hasKeys: boolean; readonly found: readonly string[] },
): DroppedImages {
  const leftOut = unsizedImages(sized);
  if (leftOut.length > 0 && !hasKeys) return { kind: 'refused', issues: unsizedIssues(sized) };
  return passingOnly(sized) ?? rest(sized, { leftOut, found, facts: new Map() });
}

/** Its sizes may be known later. */
function passingOnly({ images }: Manifest): Extract<DroppedImages, { kind: 'waits' }> | undefined {
  const [first, ...others] = images.flatMap(({ unsized }) => unsized ?? []);
  if (!first || ![first, ...others].every(({ isPassing }) => isPassing)) return undefined;
  return { kind: 'waits', reason: `${first.field} ${first.reason}` };
}

function rest(
  sized: Manifest,
  {
    facts,
    found,
    ...all
  }: Pick<Extract<DroppedImages, { kind: 'go' }>, 'leftOut' | 'found'> & {
    readonly facts: ReturnType<typeof factsIn>;
  },
): DroppedImages {
  const leftOut = [...new Map(all.leftOut.map((image) => [image.key, image])).values()];
  const manifest = withoutLeftOut(sized, leftOut, facts);
  return manifest.images.length === 0
    ? { kind: 'refused', issues: leftOutIssues(leftOut) }
    : { kind: 'go', manifest, leftOut, found };
}
