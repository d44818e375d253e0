import { unlikeImage } from '../../shared/image/image-fields.ts';
import type { WithCopies } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { canonicalDefaults, type Fields, isMapping } from '../spelling/canonical-image.ts';
import { cloudWarnings, osVersionWarning } from './cloud-warnings.ts';
import { crossIssues, type PartialImage, unfitDefaults, unfitFields } from './cross-rules.ts';
import { reportSchemaIssues, type SchemaIssue } from './explain.ts';
import { defaultsSchema, IMAGE_FIELDS, type ImageInput, imageSchema } from './image-schema.ts';
import { type Findings, type Path, show } from './issue.ts';
import { toRequest } from './to-request.ts';

/** What checking one image needs to know about the file. */
export interface ImageCheck {
  readonly defaults: Defaults;
  readonly findings: Findings;
  /** By value: many images have the same one, and finding similar names takes time. */
  readonly osWarnings: Map<string, string | undefined>;
}

/** Checks one image in its canonical form; `undefined` when it has an error. */
export function checkImage(raw: unknown, index: number, check: ImageCheck): WithCopies | undefined {
  const path: Path = ['images', index];
  const { findings } = check;
  if (!isMapping(raw)) {
    const what = raw === null ? 'empty' : show(raw);
    findings.error(path, `is ${what}; it must be a mapping with name and image_url`);
    return undefined;
  }
  const own = raw;
  const merged = withDefaults(own, check.defaults.fields);
  const parsed = imageSchema.safeParse(merged);
  if (!parsed.success) {
    reportUnsound(parsed.error.issues, { own, merged, path }, check);
    return undefined;
  }
  if (!checkRules(parsed.data, { own, path, ignored: check.defaults.bad }, findings)) {
    return undefined;
  }
  const { os_version, priority, copies } = parsed.data;
  if (os_version !== undefined) warnOfOsVersion(os_version, path, check);
  warnOfFiles(parsed.data, path, findings);
  const request = toRequest(parsed.data);
  for (const { path: at, message } of cloudWarnings(request)) {
    findings.warning([...path, ...at], message);
  }
  const line = findings.lineOf(path);
  return omitUndefined({ request, line, priority, copies });
}

function reportUnsound(
  issues: readonly SchemaIssue[],
  image: { readonly own: Fields; readonly merged: Fields; readonly path: Path },
  { defaults, findings }: ImageCheck,
): void {
  const { own, merged, path } = image;
  const bad = new Set(issues.map((issue) => String(issue.path[0])));
  // What only a bad default has is reported there.
  const unreported = issues.filter(
    ({ path: [field = ''] }) => field in merged || !defaults.bad.has(String(field)),
  );
  reportSchemaIssues(unreported, merged, { path, findings });
  checkRules(
    knownFields(merged, bad) as PartialImage,
    { own, path, ignored: new Set([...bad, ...defaults.bad]) },
    findings,
  );
}

function checkRules(
  image: PartialImage,
  at: { readonly own: Fields; readonly path: Path; readonly ignored: ReadonlySet<string> },
  findings: Findings,
): boolean {
  let isSound = true;
  const bucket = at.ignored.has('bucket') ? undefined : at.own['bucket'];
  const [named] = (image.image_url ?? String(bucket)).split(':');
  if (bucket !== undefined && bucket !== named) {
    isSound = false;
    const message = `is ${show(bucket)}, but image_url names the bucket ${show(named)}; keep one of the two`;
    findings.error([...at.path, 'bucket'], message);
  }
  for (const [field, what] of unfitFields(image)) {
    if (!(field in at.own)) continue;
    isSound = false;
    findings.error([...at.path, field], `cannot be used ${what}; remove it`, 'key');
  }
  for (const { path, message } of crossIssues(image)) {
    if (at.ignored.has(String(path[0]))) continue;
    isSound = false;
    findings.error([...at.path, ...path], message);
  }
  return isSound;
}

function warnOfOsVersion(value: string, path: Path, { findings, osWarnings }: ImageCheck): void {
  if (!osWarnings.has(value)) {
    // With that many unknown values the list of warnings was cut long ago.
    osWarnings.set(value, osWarnings.size < 1000 ? osVersionWarning(value) : undefined);
  }
  const message = osWarnings.get(value);
  if (message !== undefined) findings.warning([...path, 'os_version'], message);
}

/** A file that is not an image, by its name: IMS would refuse it, or import a list of checksums. */
function warnOfFiles(
  { image_url, data_images = [] }: ImageInput,
  path: Path,
  findings: Findings,
): void {
  const warn = (url: string, at: Path): void => {
    const what = unlikeImage(url);
    if (what !== undefined) findings.warning(at, noImageText(url, what));
  };
  warn(image_url, [...path, 'image_url']);
  for (const [index, disk] of data_images.entries()) {
    warn(disk.image_url, [...path, 'data_images', index, 'image_url']);
  }
}

/** @param what the part of its name that says so */
export function noImageText(url: string, what: string): string {
  const how = what.startsWith('.') ? `ends with ${what}` : 'does not look like an image';
  return `is ${show(url)}, which ${how}; IMS imports VHD, VHDX, VMDK, QCOW, QCOW2, RAW, VDI, QED, ZVHD, ZVHD2 and ISO`;
}

/** The sound defaults, and the names of the others, which are reported once instead of per image. */
export interface Defaults {
  readonly fields: Fields;
  /** Sound or not, as far as the canonical form of an image depends on them. */
  readonly spelling: Fields;
  readonly bad: ReadonlySet<string>;
}

/** Checks `defaults`; a bad one is reported and left out. */
export function checkDefaults(written: unknown, findings: Findings): Defaults {
  // `defaults:` with nothing in it is the same as none.
  if (written === undefined || written === null)
    return { fields: {}, spelling: {}, bad: new Set() };
  const defaults = isMapping(written) ? canonicalDefaults(written) : written;
  const spelling = isMapping(defaults) ? defaults : {};
  const parsed = defaultsSchema.safeParse(defaults);
  if (parsed.success) return { fields: parsed.data, spelling, bad: new Set() };
  reportSchemaIssues(parsed.error.issues, defaults, { path: ['defaults'], findings });
  const bad = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
  // Without a mapping, whatever an image lacks may have been meant to be here.
  if (!isMapping(defaults)) return { fields: {}, spelling, bad: new Set(IMAGE_FIELDS) };
  return { fields: knownFields(defaults, bad), spelling, bad };
}

function knownFields(fields: object, bad: ReadonlySet<string>): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => IMAGE_FIELDS.includes(name) && !bad.has(name)),
  );
}

/** Two names for one thing: an image's own field replaces the default under the other name. */
const SAME_THING: Readonly<Record<string, string>> = {
  tags: 'image_tags',
  image_tags: 'tags',
  quick_import: 'is_quick_import',
  is_quick_import: 'quick_import',
};

/**
 * An image with what it lacks taken from the defaults. A default that does not fit the kind of the
 * image (`os_version` for a data disk) is left out, so that one file can hold all kinds. A field of
 * the image itself is never left out: the rules refuse it.
 */
function withDefaults(own: Fields, defaults: Fields): Fields {
  const merged: Fields = { ...defaults, ...own };
  const drop = Object.keys(own).map((field) => SAME_THING[field]);
  if (own['type'] === 'DataImage') drop.push('kind');
  if (own['kind'] === 'system' && merged['type'] === 'DataImage') drop.push('type');
  const left = without(merged, own, drop);
  return without(left, own, unfitDefaults(left as Partial<ImageInput>));
}

/** `merged` without the fields to drop, unless they are the image's own. */
function without(merged: Fields, own: Fields, drop: readonly (string | undefined)[]): Fields {
  const isLeft = (field: string) => field in own || !drop.includes(field);
  if (Object.keys(merged).every(isLeft)) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([field]) => isLeft(field)));
}
