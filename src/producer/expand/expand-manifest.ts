import { IMAGE_URL, LIMITS, unlikeImage } from '../../shared/image/image-fields.ts';
import type {
  Manifest,
  ManifestImage,
  ManifestPattern,
  WithCopies,
} from '../../shared/image/image-request.ts';
import { formatCount } from '../../ui/format.ts';
import { noImageText } from '../manifest/check-images.ts';
import { imagesOf } from '../manifest/copies.ts';
import { explainDescription, explainName } from '../manifest/explain-text.ts';
import { capIssues, type ManifestIssue, type ParseResult, show } from '../manifest/issue.ts';
import { BASENAME, filled } from '../manifest/pattern-image.ts';
import { basenameOf, nameOfFile } from '../spelling/name-of-file.ts';
import {
  isFolder,
  type ListBucket,
  listObjects,
  objectPattern,
  unreadObjects,
} from './list-objects.ts';

/**
 * Replaces each pattern by an image for every object that it matches, in the order of their keys.
 * @throws CloudError when a bucket cannot be listed
 */
export async function expandManifest(manifest: Manifest, list: ListBucket): Promise<ParseResult> {
  const { expands, ...rest } = manifest;
  if (!expands) return { ok: true, manifest, warnings: [] };
  const found: Found = { file: manifest.file, issues: [], warnings: [] };
  const parts: (readonly ManifestImage[])[] = [];
  let from = 0;
  for (const pattern of expands.patterns) {
    parts.push(manifest.images.slice(from, pattern.before));
    parts.push(await expandPattern(pattern, list, found));
    from = pattern.before;
  }
  const images = [...parts, manifest.images.slice(from)].flat();
  const written = images.filter(({ request }) => request.kind !== 'copy');
  const ofFile = [...duplicateNames(written, manifest), ...countIssues(written.length, manifest)];
  const issues = capIssues([...found.issues, ...ofFile]);
  const warnings = capIssues(found.warnings);
  return issues.length > 0
    ? { ok: false, issues, warnings }
    : { ok: true, manifest: { ...rest, images }, warnings };
}

interface Found {
  readonly file: string;
  readonly issues: ManifestIssue[];
  readonly warnings: ManifestIssue[];
}

async function expandPattern(
  pattern: ManifestPattern,
  list: ListBucket,
  { file, issues, warnings }: Found,
): Promise<readonly ManifestImage[]> {
  const images: ManifestImage[] = [];
  const { sample, index } = pattern;
  const where = { file, line: sample.line, column: 1, field: `images[${index}].image_url` };
  const issue = (message: string): ManifestIssue => ({ ...where, message });
  const { bucket, prefix, matches } = objectPattern(pattern.url);
  let listed = 0;
  let matched = 0;
  let unread = 0;
  const onUnread = (count: number): void => {
    unread += count;
  };
  for await (const object of listObjects({ bucket, prefix, list, onUnread })) {
    listed += 1;
    if (!matches(object.key)) continue;
    if (isFolder(object)) {
      warnings.push(issue(`skips ${bucket}:${object.key}: it is a folder`));
      continue;
    }
    matched += 1;
    const image = fillImage(pattern, bucket, object.key);
    if (typeof image === 'string') {
      issues.push(issue(image));
      continue;
    }
    images.push(...imagesOf(image));
    const what = unlikeImage(pattern.url) === undefined ? unlikeImage(object.key) : undefined;
    if (what !== undefined) warnings.push(issue(noImageText(image.request.image_url, what)));
  }
  if (unread > 0) warnings.push(issue(`skips ${unreadObjects(unread, bucket)}`));
  if (matched === 0) {
    issues.push(issue(`matches none of the objects under ${bucket}:${prefix} (${listed} listed)`));
  } else if (matched > 1 && !pattern.name.includes(BASENAME)) {
    issues.push(
      issue(`matches ${matched} objects, but gives them one name; put ${BASENAME} into name`),
    );
  }
  return images;
}

/** The image that a pattern makes from one object, or what is wrong with it. */
function fillImage(pattern: ManifestPattern, bucket: string, key: string): WithCopies | string {
  const image_url = `${bucket}:${key}`;
  const basename = basenameOf(key);
  // Nothing but the name of the file, as for an image without a name.
  const name = pattern.name === BASENAME ? nameOfFile(key) : filled(pattern.name, basename);
  const wrong = explainName(name);
  if (wrong !== undefined) return `makes a bad name from ${show(image_url)}: it ${wrong}`;
  if (!IMAGE_URL.test(image_url)) {
    return `matches ${show(image_url)}, a name that IMS does not accept (IMG.0175)`;
  }
  const described = { ...pattern.sample.request, name, image_url };
  if (pattern.description === undefined) return { ...pattern.sample, request: described };
  const description = filled(pattern.description, basename);
  const badDescription = explainDescription(description);
  if (badDescription !== undefined)
    return `makes a bad description from ${show(image_url)}: it ${badDescription}`;
  return { ...pattern.sample, request: { ...described, description } };
}

/** Two objects, or an object and an ordinary image, that would get the same name. */
function duplicateNames(
  images: readonly ManifestImage[],
  { file, expands }: Manifest,
): readonly ManifestIssue[] {
  const lines = new Set(expands?.patterns.map(({ sample }) => sample.line));
  const byName = new Map<string, ManifestImage>();
  const issues: ManifestIssue[] = [];
  for (const image of images) {
    const { name, image_url } = image.request;
    const other = byName.get(name);
    byName.set(name, image);
    if (!other || !(lines.has(image.line) || lines.has(other.line))) continue;
    const both = `${show(other.request.image_url)} and ${show(image_url)}`;
    const message = `gives ${both} the same name, ${show(name)}`;
    issues.push({ file, line: image.line, column: 1, field: '', message });
  }
  return issues;
}

function countIssues(images: number, { expands, file }: Manifest): readonly ManifestIssue[] {
  const where = { file, line: 1, column: 1, field: '' };
  const issues: ManifestIssue[] = [];
  if (images > LIMITS.images) {
    issues.push({ ...where, message: `has ${images} images; the limit is ${LIMITS.images}` });
  }
  const count = expands?.count;
  if (count !== undefined && count !== images) {
    const message = `is ${count}, but with its patterns expanded the file has ${formatCount(images, 'image')}`;
    issues.push({ ...where, field: 'count', message });
  }
  return issues;
}
