import { unlikeImage } from '../../shared/image/file-endings.ts';
import type { ManifestImage } from '../../shared/image/image-request.ts';
import { cloudWarnings } from './cloud-warnings.ts';
import { crossIssues, type Partly, unfitFields } from './cross-rules.ts';
import { type Defaults, type Fields, withDefaults } from './defaults.ts';
import type { Findings } from './findings.ts';
import { IMAGE_FIELDS, type ImageInput, imageSchema } from './image-schema.ts';
import { type Path, show } from './issue.ts';
import { osVersionWarning } from './os-versions.ts';
import { reportSchemaIssues, type SchemaIssue } from './schema-issues.ts';
import { toRequest } from './to-request.ts';

/** What checking one image needs to know of the others. */
export interface ImageCheck {
  readonly defaults: Defaults;
  readonly findings: Findings;
  /** One value stands in many images, and finding the nearest ones takes time. */
  readonly osWarnings: Map<string, string | undefined>;
}

/** Checks one image; `undefined` when it has an error. */
export function checkImage(
  raw: unknown,
  index: number,
  check: ImageCheck,
): ManifestImage | undefined {
  const path: Path = ['images', index];
  const { findings } = check;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    const what = raw === null ? 'empty' : show(raw);
    findings.error(path, `is ${what}; allowed is a mapping with name and image_url`);
    return undefined;
  }
  const own: Fields = { ...raw };
  const merged = withDefaults(own, check.defaults.fields);
  const parsed = imageSchema.safeParse(merged);
  if (!parsed.success) {
    reportUnsound(parsed.error.issues, { own, merged, path }, check);
    return undefined;
  }
  if (!checkRules(parsed.data, { own, path, ignored: check.defaults.bad }, findings)) {
    return undefined;
  }
  const { os_version, priority } = parsed.data;
  if (os_version !== undefined) warnOfOsVersion(os_version, path, check);
  warnOfFiles(parsed.data, path, findings);
  const request = toRequest(parsed.data);
  for (const { path: at, message } of cloudWarnings(request)) {
    findings.warning([...path, ...asWritten(at, parsed.data)], message);
  }
  const line = findings.lineOf(path);
  return priority === undefined ? { request, line } : { request, line, priority };
}

/** Tags stand in one of two fields. */
function asWritten(path: Path, image: ImageInput): Path {
  if (path.at(-1) !== 'tags') return path;
  const [, disk] = path;
  const owner = typeof disk === 'number' ? image.data_images?.[disk] : image;
  return owner?.image_tags ? [...path.slice(0, -1), 'image_tags'] : path;
}

/** The issues of the schema, then those between the fields that are sound. */
function reportUnsound(
  issues: readonly SchemaIssue[],
  image: { readonly own: Fields; readonly merged: Fields; readonly path: Path },
  { defaults, findings }: ImageCheck,
): void {
  const { own, merged, path } = image;
  const bad = new Set(issues.map((issue) => String(issue.path[0])));
  const news = issues.filter(({ path: [field] }) => {
    const isMissing = field !== undefined && !(field in merged);
    return !(isMissing && defaults.bad.has(String(field)));
  });
  reportSchemaIssues(news, merged, { path, findings });
  const sound = Object.fromEntries(
    IMAGE_FIELDS.filter((field) => field in merged && !bad.has(field)).map((field) => [
      field,
      merged[field],
    ]),
  ) as Partly;
  checkRules(sound, { own, path, ignored: new Set([...bad, ...defaults.bad]) }, findings);
}

function checkRules(
  image: Partly,
  at: { readonly own: Fields; readonly path: Path; readonly ignored: ReadonlySet<string> },
  findings: Findings,
): boolean {
  let isSound = true;
  for (const [field, what] of unfitFields(image)) {
    if (!(field in at.own)) continue;
    isSound = false;
    findings.error([...at.path, field], `does not go with ${what}; leave it out`, 'key');
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
    // With very many unknown ones the list has long been cut.
    osWarnings.set(value, osWarnings.size < 1000 ? osVersionWarning(value) : undefined);
  }
  const message = osWarnings.get(value);
  if (message !== undefined) findings.warning([...path, 'os_version'], message);
}

/** A file whose name says that it is no image: IMS would refuse it, or import a list of checksums. */
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

/** @param what of its name says so */
export function noImageText(url: string, what: string): string {
  const how = what.startsWith('.') ? `ends with ${what}` : 'is no image by its name';
  return `is ${show(url)}, which ${how}; IMS imports VHD, VHDX, VMDK, QCOW, QCOW2, RAW, VDI, QED, ZVHD, ZVHD2 and ISO`;
}
