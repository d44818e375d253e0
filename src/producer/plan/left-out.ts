import type { FileFacts } from '../../shared/image/file-facts.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../shared/image/import-key.ts';
import { capIssues, type ManifestIssue } from '../manifest/issue.ts';
import { fileFactsOf, findingText } from './check-sources.ts';
import type { LeftOut, Plan } from './plan.ts';
import { problemLines } from './plan-problems.ts';

/** What is known of the files of images, from their headers. */
export type Facts = ReadonlyMap<ImportKey, FileFacts>;

export function factsIn({ images }: Plan): Facts {
  return new Map(
    images.flatMap(({ key, source }) => {
      const facts = source ? fileFactsOf(source) : undefined;
      return facts ? [[key, facts] as const] : [];
    }),
  );
}

/** A manifest may have 200,000 images. */
const MAX_LISTED = 40;

/** What was found of the files of images, as far as a person should know it. */
export function fileProblems({ images }: Plan, columns: number): readonly string[] {
  const notable = images.filter(
    ({ source }) => source && (source.state !== 'good' || source.findings.length > 0),
  );
  return problemLines(notable, { columns, most: MAX_LISTED });
}

/** Images whose size is not known: nobody knows what they are to be created with. */
export function unsizedImages({ file, name: batch, images }: Manifest): readonly LeftOut[] {
  return images.flatMap(({ request, line, unsized }) => {
    if (!unsized) return [];
    const { name, image_url } = request;
    const message = `${unsized.field} ${unsized.reason}`;
    const source = { state: 'bad', size: null, message, file: null, findings: [] } as const;
    return [{ file, line, batch, key: importKey(request), name, image_url, source }];
  });
}

/** The manifest with what is to be registered. */
export function withoutLeftOut(
  manifest: Manifest,
  leftOut: readonly Pick<LeftOut, 'key'>[],
  facts: Facts,
): Manifest {
  if (leftOut.length === 0 && facts.size === 0) return manifest;
  const keys = new Set(leftOut.map(({ key }) => key));
  const images = manifest.images.flatMap((image) => {
    const key = importKey(image.request);
    const file = facts.get(key);
    if (keys.has(key)) return [];
    return [file ? { ...image, file } : image];
  });
  return { ...manifest, images };
}

/** The same as mistakes of a manifest of which nothing is left. */
export function leftOutIssues(leftOut: readonly LeftOut[]): readonly ManifestIssue[] {
  const issues = leftOut.flatMap(({ file, line, source }) => {
    const at = { file, line, column: 1 };
    const errors = (source?.findings ?? []).filter(({ severity }) => severity === 'error');
    if (errors.length > 0 && source?.message === errors.map(findingText).join('; ')) {
      return errors.map((error) => ({ ...at, field: error.field, message: findingText(error) }));
    }
    return [{ ...at, field: '', message: source?.message ?? '' }];
  });
  return capIssues(issues);
}

/** One image as `submit --json` and receipts have it: a stable format. */
export function leftOutJson({ key, name, line, image_url, source }: LeftOut) {
  return { key, name, line, image_url, reason: source?.message ?? null };
}
