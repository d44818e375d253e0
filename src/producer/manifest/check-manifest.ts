import { LIMITS } from '../../shared/image/image-fields.ts';
import type {
  Manifest,
  ManifestImage,
  ManifestPattern,
  WithCopies,
} from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { canonicalImage, type Fields, isMapping } from '../spelling/canonical-image.ts';
import { asWritten, placeAsWritten, rootOf } from '../spelling/root-shape.ts';
import { batchName, STANDARD_INPUT } from './batch-name.ts';
import { checkDefaults, checkImage, type ImageCheck } from './check-images.ts';
import { imagesOf } from './copies.ts';
import { Findings, type ParseResult, type PlaceOf, show } from './issue.ts';
import { patternOf } from './pattern-image.ts';
import { checkTopFields } from './top-fields.ts';

/** A manifest from the value of a file, or everything that is wrong with it. */
export function checkManifest(
  { value, placeOf }: { readonly value: unknown; readonly placeOf: PlaceOf },
  { file, batch, isTable = false }: ManifestSource,
): ParseResult {
  const findings = new Findings(file, {
    placeOf: placeAsWritten(value, placeOf),
    written: (path) => asWritten(value, path),
  });
  const root = rootOf(value);
  if (!root) {
    findings.error([], `is ${show(value)}; it must be a mapping with images:`);
    return findings.result(undefined);
  }
  if (root.note) findings.warning(root.note.path, root.note.message);
  const { name } = root.fields;
  if (batch === undefined && name === undefined && file === STANDARD_INPUT) {
    // A table has rows only; in a list or one image alone, a name is that of an image.
    const isManifest = !isTable && root.note?.path.length !== 0;
    const write = isManifest ? 'write name: or use --batch' : 'use --batch NAME';
    findings.error(['name'], `is missing; standard input has no name, so ${write}`);
  }
  const fields = batch === undefined ? root.fields : { ...root.fields, name: batch };
  return findings.result(readManifest(fields, file, findings));
}

/** Where a manifest comes from, and the name of its batch if it is not to have its own. */
export interface ManifestSource {
  readonly file: string;
  readonly batch?: string | undefined;
  /** CSV. */
  readonly isTable?: boolean | undefined;
}

function readManifest(fields: Fields, file: string, findings: Findings): Manifest | undefined {
  const root = new Map<string, unknown>(Object.entries(fields));
  const top = checkTopFields(root, findings);
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
  const { images, patterns } = checkImages(listed, {
    ...{ defaults, findings, osWarnings: new Map() },
    cloud: root.get('cloud'),
  });
  if (images.length > LIMITS.images) {
    const message = `has ${images.length} images with their copies; the limit is ${LIMITS.images}`;
    findings.error(['images'], message);
  }
  const count = root.get('count');
  if (patterns.length === 0) checkCount(count, listed.length, findings);
  const expands = omitUndefined({ patterns, count: typeof count === 'number' ? count : undefined });
  return omitUndefined({
    ...batchName(root.get('name'), file),
    file,
    images,
    ...top,
    expands: patterns.length === 0 ? undefined : expands,
  });
}

/** `count` guards against a file that was cut off at the end of a line. */
function checkCount(count: unknown, images: number, findings: Findings): void {
  if (!Number.isInteger(count) || count === images) return;
  const has = images === 1 ? '1 image' : `${images} images`;
  findings.error(['count'], `is ${count}, but the file has ${has}; it may be cut off`);
}

/** An image with its place in the list. */
interface Placed {
  readonly image: WithCopies;
  readonly index: number;
  /** It has its name from its file. */
  readonly isNameless: boolean;
}

function checkImages(
  images: readonly unknown[],
  check: ImageCheck & { readonly cloud: unknown },
): { readonly images: readonly ManifestImage[]; readonly patterns: readonly ManifestPattern[] } {
  const { spelling } = check.defaults;
  const sound: Placed[] = [];
  const patterns: ManifestPattern[] = [];
  let before = 0;
  for (const [index, raw] of images.entries()) {
    const own = isMapping(raw) ? canonicalImage(raw, spelling) : raw;
    const isNameless = isMapping(raw) && (raw['name'] ?? spelling['name']) === undefined;
    if (isMapping(raw)) warnOfEncoding(raw['image_url'], index, check.findings);
    const pattern = patternOf(own);
    const image = checkImage(pattern?.sample ?? own, index, check);
    if (!image) continue;
    reportOwnCloud(image, index, check);
    if (pattern) {
      const written = { name: image.request.name, ...pattern.written };
      patterns.push({ ...written, sample: image, index, before });
      continue;
    }
    before += imagesOf(image).length;
    sound.push({ image, index, isNameless });
  }
  checkDuplicates(sound, check.findings);
  return { images: sound.flatMap(({ image }) => imagesOf(image)), patterns };
}

/** A copy to the cloud that the images are imported into anyway. */
function reportOwnCloud(
  { copies = [] }: WithCopies,
  index: number,
  { cloud, findings }: ImageCheck & { readonly cloud: unknown },
): void {
  for (const [at, copy] of copies.entries()) {
    if (copy.cloud === undefined || copy.cloud !== cloud) continue;
    const message = `is the cloud of the manifest; leave it out to copy within the region`;
    findings.error(['images', index, 'copies', at, 'cloud'], message);
  }
}

/** What obsutil and s3cmd take as it is, too; in an https address it would be decoded. */
function warnOfEncoding(url: unknown, index: number, findings: Findings): void {
  const [, encoded] = /^(?:obs|s3):\/\/.*?(%[0-9a-f]{2})/i.exec(String(url)) ?? [];
  if (encoded === undefined) return;
  const message = `has ${encoded}, which is a part of the key: only an https address is decoded`;
  findings.warning(['images', index, 'image_url'], message);
}

/** The same import twice is an error; one name for two files, or one file with two names, a warning. */
function checkDuplicates(images: readonly Placed[], findings: Findings): void {
  const firstWith = new Map<string, Placed>();
  for (const placed of images) {
    const { image, index } = placed;
    const first = (id: string): Placed => {
      const known = firstWith.get(id) ?? placed;
      firstWith.set(id, known);
      return known;
    };
    const { name, image_url } = image.request;
    const { image: same } = first(`key ${importKey(image.request)}`);
    if (same !== image) {
      const message = `is the same import as on line ${same.line}; remove it, or give it copy: 2 to import the file twice`;
      findings.error(['images', index], message);
      continue;
    }
    const sameName = first(`name ${name}`);
    if (sameName.image.request.image_url !== image_url) reportSameName(placed, sameName, findings);
    const { image: sameUrl } = first(`file ${image_url}`);
    if (sameUrl.request.name !== name) {
      const message = `is also the file of the image on line ${sameUrl.line}`;
      findings.warning(['images', index, 'image_url'], message);
    }
  }
}

/** A name that was written is the author's; one that comes from a file must be the only one. */
function reportSameName(placed: Placed, first: Placed, findings: Findings): void {
  if (!(placed.isNameless || first.isNameless)) {
    const message = `is also the name of the image on line ${first.image.line}`;
    findings.warning(['images', placed.index, 'name'], message);
    return;
  }
  const [nameless, other] = placed.isNameless ? [placed, first] : [first, placed];
  const name = show(placed.image.request.name);
  const message = `is missing; by its file this image would be called ${name}, as the one on line ${other.image.line} is`;
  findings.error(['images', nameless.index, 'name'], message);
}
