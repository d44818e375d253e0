import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { BATCH_NAME, LIMITS } from '../../shared/image/image-fields.ts';
import type { Manifest, ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { checkDefaults, checkImage, type ImageCheck } from './check-images.ts';
import { explainUnknownField, explainValue } from './explain.ts';
import { explainBatchName } from './explain-text.ts';
import { MANIFEST_FIELDS, manifestSchema } from './image-schema.ts';
import { Findings, type ParseResult, type PlaceOf, show } from './issue.ts';
import { patternOf } from './pattern-image.ts';

/** A manifest from the value of a file, or everything that is wrong with it. */
export function checkManifest(
  { value, placeOf }: { readonly value: unknown; readonly placeOf: PlaceOf },
  file: string,
): ParseResult {
  const findings = new Findings(file, placeOf);
  return findings.result(readManifest(value, file, findings));
}

function readManifest(value: unknown, file: string, findings: Findings): Manifest | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    findings.error([], `is ${show(value)}; it must be a mapping with images:`);
    return undefined;
  }
  const root = new Map<string, unknown>(Object.entries(value));
  checkTopFields(root, findings);
  const listed = root.get('images');
  if (!Array.isArray(listed)) {
    const what =
      listed === undefined ? 'is missing' : listed === null ? 'is empty' : `is ${show(listed)}`;
    findings.error(['images'], `${what}; it must be a list of images`);
    return undefined;
  }
  if (listed.length === 0) findings.error(['images'], 'is empty: nothing to import');
  if (listed.length > LIMITS.images) {
    findings.error(['images'], `has ${listed.length} images; the limit is ${LIMITS.images}`);
    return undefined;
  }
  const defaults = checkDefaults(root.get('defaults'), findings);
  const { images, patterns } = checkImages(listed, { defaults, findings, osWarnings: new Map() });
  const count = root.get('count');
  if (patterns.length === 0) checkCount(count, listed.length, findings);
  const cloud = root.get('cloud');
  const expands = omitUndefined({ patterns, count: typeof count === 'number' ? count : undefined });
  return omitUndefined({
    ...batchName(root.get('name'), file),
    file,
    images,
    cloud: typeof cloud === 'string' ? cloud : undefined,
    expands: patterns.length === 0 ? undefined : expands,
  });
}

const NOT_A_CLOUD =
  'is not a cloud; name an entry of clouds.yaml (1 to 64 letters, digits, . _ and -), never an address';

/** Checks the fields at the top, except `defaults` and `images`. */
function checkTopFields(root: ReadonlyMap<string, unknown>, findings: Findings): void {
  for (const key of root.keys()) {
    if (MANIFEST_FIELDS.includes(key)) continue;
    findings.error([key], explainUnknownField(key, MANIFEST_FIELDS), 'key');
  }
  const wrong = root.has('name') ? explainBatchName(root.get('name')) : undefined;
  if (wrong !== undefined) findings.error(['name'], wrong);
  // The value is never repeated: it may be an address with a login.
  if (!manifestSchema.shape.cloud.safeParse(root.get('cloud')).success) {
    findings.error(['cloud'], NOT_A_CLOUD);
  }
  const count = root.get('count');
  if (!manifestSchema.shape.count.safeParse(count).success) {
    findings.error(['count'], explainValue(['count'], count));
  }
}

/** `count` guards against a file that was cut off at the end of a line. */
function checkCount(count: unknown, images: number, findings: Findings): void {
  if (!Number.isInteger(count) || count === images) return;
  const has = images === 1 ? '1 image' : `${images} images`;
  findings.error(['count'], `is ${count}, but the file has ${has}; it may be cut off`);
}

const HASH_LENGTH = 8;

/**
 * The name in the file, else the name of the file. If that is not a valid batch name, a hash keeps
 * what is left of it apart: `生产.yaml` and `测试.yaml` are two batches. `formerName` is what earlier
 * versions called the batch, which did not keep them apart.
 */
function batchName(name: unknown, file: string): Pick<Manifest, 'name' | 'formerName'> {
  if (typeof name === 'string' && name !== '') return { name };
  const base = basename(file, extname(file));
  const former = readable(base).slice(0, LIMITS.batchName) || 'manifest';
  // A Mac writes `é` as two characters: it is the same name.
  const own = base.normalize('NFC');
  if (BATCH_NAME.test(own)) {
    return { name: own, ...(former === own ? {} : { formerName: former }) };
  }
  const hash = createHash('sha256').update(own).digest('hex').slice(0, HASH_LENGTH);
  const left = readable(own).slice(0, LIMITS.batchName - HASH_LENGTH - 1) || 'manifest';
  return { name: `${left}-${hash}`, formerName: former };
}

function readable(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
}

/** An image with its place in the list. */
interface Placed {
  readonly image: ManifestImage;
  readonly index: number;
}

function checkImages(
  images: readonly unknown[],
  check: ImageCheck,
): { readonly images: readonly ManifestImage[]; readonly patterns: readonly ManifestPattern[] } {
  const sound: Placed[] = [];
  const patterns: ManifestPattern[] = [];
  for (const [index, raw] of images.entries()) {
    const pattern = patternOf(raw);
    const image = checkImage(pattern?.sample ?? raw, index, check);
    if (!image) continue;
    if (pattern) patterns.push({ ...pattern.written, sample: image, index, before: sound.length });
    else sound.push({ image, index });
  }
  checkDuplicates(sound, check.findings);
  return { images: sound.map(({ image }) => image), patterns };
}

/** The same import twice is an error; one name for two files, or one file with two names, a warning. */
function checkDuplicates(images: readonly Placed[], findings: Findings): void {
  const firstWith = new Map<string, ManifestImage>();
  for (const { image, index } of images) {
    const first = (id: string): ManifestImage => {
      const known = firstWith.get(id) ?? image;
      firstWith.set(id, known);
      return known;
    };
    const { name, image_url } = image.request;
    const same = first(`key ${importKey(image.request)}`);
    if (same !== image) {
      const message = `is the same import as on line ${same.line}; remove it, or give it copy: 2 to import the file twice`;
      findings.error(['images', index], message);
      continue;
    }
    const sameName = first(`name ${name}`);
    if (sameName.request.image_url !== image_url) {
      const message = `is also the name of the image on line ${sameName.line}`;
      findings.warning(['images', index, 'name'], message);
    }
    const sameUrl = first(`file ${image_url}`);
    if (sameUrl.request.name !== name) {
      const message = `is also the file of the image on line ${sameUrl.line}`;
      findings.warning(['images', index, 'image_url'], message);
    }
  }
}
