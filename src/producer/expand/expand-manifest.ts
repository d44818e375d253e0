import { unlikeImage } from '../../shared/image/file-endings.ts';
import { LIMITS } from '../../shared/image/image-fields.ts';
import type { Manifest, ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';
import { noImageText } from '../manifest/check-images.ts';
import { capIssues, type ManifestIssue, show } from '../manifest/issue.ts';
import type { ParseResult } from '../manifest/parse-result.ts';
import { BASENAME } from '../manifest/pattern-image.ts';
import { fillImage } from './fill-image.ts';
import { type ListBucket, listObjects, unreadObjects } from './list-objects.ts';
import { objectPattern, skipReason } from './match-objects.ts';

interface Found {
  readonly images: ManifestImage[];
  readonly issues: ManifestIssue[];
  readonly warnings: ManifestIssue[];
}

/**
 * Puts the images that the bucket's list has in the place of each pattern, in the order of their keys.
 * @throws CloudError when a list cannot be read
 */
export async function expandManifest(manifest: Manifest, list: ListBucket): Promise<ParseResult> {
  const { expands, ...rest } = manifest;
  if (!expands) return { ok: true, manifest, warnings: [] };
  const found: Found = { images: [], issues: [], warnings: [] };
  let from = 0;
  for (const pattern of expands.patterns) {
    for (const image of manifest.images.slice(from, pattern.before)) found.images.push(image);
    from = pattern.before;
    await expandOne(pattern, found, { file: manifest.file, list });
  }
  for (const image of manifest.images.slice(from)) found.images.push(image);
  const { images, issues, warnings } = found;
  issues.push(...twinIssues(images, manifest), ...countIssues(images.length, manifest));
  return issues.length > 0
    ? { ok: false, issues: capIssues(issues), warnings }
    : { ok: true, manifest: { ...rest, images }, warnings: capIssues(warnings) };
}

async function expandOne(
  pattern: ManifestPattern,
  { images, issues, warnings }: Found,
  at: { readonly file: string; readonly list: ListBucket },
): Promise<void> {
  const objects = objectPattern(pattern.url);
  const tell = (message: string): ManifestIssue => issueAt(pattern, at.file, message);
  let looked = 0;
  let matched = 0;
  let unread = 0;
  const onUnread = (count: number): void => {
    unread += count;
  };
  for await (const object of listObjects({ ...objects, list: at.list, onUnread })) {
    looked += 1;
    if (!objects.matches(object.key)) continue;
    const skipped = skipReason(object);
    if (skipped !== undefined) {
      warnings.push(tell(`leaves ${objects.bucket}:${object.key} out: it ${skipped}`));
      continue;
    }
    matched += 1;
    const image = fillImage(pattern, objects.bucket, object.key);
    if (typeof image === 'string') {
      issues.push(tell(image));
      continue;
    }
    images.push(image);
    const what = unlikeImage(pattern.url) === undefined ? unlikeImage(object.key) : undefined;
    if (what !== undefined) warnings.push(tell(noImageText(image.request.image_url, what)));
  }
  if (unread > 0) warnings.push(tell(`leaves out ${unreadObjects(unread, objects.bucket)}`));
  if (matched === 0) {
    const where = `${objects.bucket}:${objects.prefix}`;
    issues.push(tell(`fits none of the ${looked} objects that begin with ${where}`));
  } else if (matched > 1 && !pattern.name.includes(BASENAME)) {
    issues.push(
      tell(`fits ${matched} objects, but name is one for all; write ${BASENAME} into it`),
    );
  }
}

function issueAt({ sample, index }: ManifestPattern, file: string, message: string): ManifestIssue {
  return { file, line: sample.line, column: 1, field: `images[${index}].image_url`, message };
}

/** Two objects, or an object and an ordinary image, that would get one name. */
function twinIssues(
  images: readonly ManifestImage[],
  { file, expands }: Manifest,
): readonly ManifestIssue[] {
  const lines = new Set(expands?.patterns.map(({ sample }) => sample.line));
  const byName = new Map<string, ManifestImage>();
  const issues: ManifestIssue[] = [];
  for (const image of images) {
    const { name, image_url } = image.request;
    const twin = byName.get(name);
    byName.set(name, image);
    if (!twin || !(lines.has(image.line) || lines.has(twin.line))) continue;
    const both = `${show(twin.request.image_url)} and ${show(image_url)}`;
    const message = `gives ${both} one name, ${show(name)}`;
    issues.push({ file, line: image.line, column: 1, field: '', message });
  }
  return issues;
}

function countIssues(images: number, { expands, file }: Manifest): readonly ManifestIssue[] {
  const where = { file, line: 1, column: 1, field: '' };
  const issues: ManifestIssue[] = [];
  if (images > LIMITS.images) {
    issues.push({ ...where, message: `has ${images} images; allowed are ${LIMITS.images}` });
  }
  const count = expands?.count;
  if (count !== undefined && count !== images) {
    const message = `is ${count}, but ${images} images are there after the patterns were expanded`;
    issues.push({ ...where, field: 'count', message });
  }
  return issues;
}
