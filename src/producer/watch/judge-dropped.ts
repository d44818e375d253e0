import { basename } from 'node:path';
import type { Manifest, Unsized } from '../../shared/image/image-request.ts';
import { unsizedIssues } from '../expand/size-disks.ts';
import type { ManifestIssue } from '../manifest/issue.ts';
import {
  type Facts,
  factsIn,
  fileProblems,
  leftOutIssues,
  unsizedImages,
  withoutLeftOut,
} from '../plan/left-out.ts';
import { type LeftOut, type Plan, refusedImages } from '../plan/plan.ts';

/** What becomes of the images of a file before they are registered. */
export type DroppedImages =
  | {
      readonly kind: 'go';
      /** Without the images that are left out. */
      readonly manifest: Manifest;
      readonly leftOut: readonly LeftOut[];
      /** What was found of their files, in the words of `submit`. */
      readonly found: readonly string[];
      /** OBS did not answer for some of those that are left out: the file is to be looked at again. */
      readonly isPartial: boolean;
    }
  | { readonly kind: 'refused'; readonly issues: readonly ManifestIssue[] }
  /** Until the bucket answers. */
  | { readonly kind: 'waits'; readonly reason: string; readonly advice?: string };

/** Decides by a plan of the manifest with all sizes that could be read; pure. */
export function judgeDropped(sized: Manifest, plan: Plan): DroppedImages {
  const waiting = passingOnly(sized);
  const keys = new Set(unsizedImages(sized).map(({ key }) => key));
  const isAnswered = plan.images.some(
    ({ key, source }) => source && source.state !== 'unread' && !keys.has(key),
  );
  // One file that the keys may not read does not hold up the others.
  if (waiting !== undefined && !isAnswered) return waiting;
  return rest(sized, {
    leftOut: refusedImages(plan),
    found: foundTexts(plan),
    facts: factsIn(plan),
  });
}

/** `1 refused: it is encrypted (spring.yaml:4 web bucket:web.qcow2)` */
function foundTexts(plan: Plan): readonly string[] {
  const images = plan.images.map((image) => ({ ...image, file: basename(image.file) }));
  const lines = fileProblems({ ...plan, images }, Number.POSITIVE_INFINITY);
  if (lines.length === 0) return [];
  // What is wrong, and the images that are listed below it.
  return lines
    .join('\n')
    .split(/\n(?! )/)
    .map(onOneLine);
}

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
function passingOnly({ images }: Manifest): Waits | undefined {
  const [first, ...others] = images.flatMap(({ unsized }) => unsized ?? []);
  if (!first || ![first, ...others].every(({ isPassing }) => isPassing)) return undefined;
  return waitsFor(first);
}

type Waits = Extract<DroppedImages, { kind: 'waits' }>;

function waitsFor({ field, reason }: Unsized): Waits {
  return { kind: 'waits', reason: `${field} ${reason}` };
}

interface Judged {
  readonly leftOut: readonly LeftOut[];
  readonly found: readonly string[];
  readonly facts: Facts;
}

/** What is right is registered; a file of which nothing is right is refused. */
function rest(sized: Manifest, { leftOut: all, found, facts }: Judged): DroppedImages {
  const leftOut = [...new Map(all.map((image) => [image.key, image])).values()];
  const manifest = withoutLeftOut(sized, leftOut, facts);
  const unanswered = sized.images.find(
    ({ unsized }) => unsized?.isPassing && !unsized.isForbidden,
  )?.unsized;
  if (manifest.images.length > 0) {
    return { kind: 'go', manifest, leftOut, found, isPartial: unanswered !== undefined };
  }
  return unanswered ? waitsFor(unanswered) : { kind: 'refused', issues: leftOutIssues(leftOut) };
}
