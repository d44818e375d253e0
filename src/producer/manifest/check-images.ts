import type { ManifestImage } from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import { crossIssues, unfitFields } from './cross-rules.ts';
import { explainUnknownField, explainValue } from './explain-value.ts';
import {
  DATA_IMAGE_FIELDS,
  defaultsSchema,
  IMAGE_FIELDS,
  type ImageInput,
  imageSchema,
} from './image-schema.ts';
import { show } from './issue.ts';
import { osVersionWarning } from './os-versions.ts';
import type { Path } from './read-yaml.ts';
import { toRequest } from './to-request.ts';

/** Collects what is wrong; `part` tells whether the key or the value is meant. */
export interface Findings {
  error(path: Path, message: string, part?: 'key' | 'value'): void;
  warning(path: Path, message: string): void;
  lineOf(path: Path): number;
}

type Fields = Readonly<Record<string, unknown>>;
interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** Reports every issue of a schema under `at`, in our own words. */
export function reportSchemaIssues(
  issues: readonly SchemaIssue[],
  value: unknown,
  at: { readonly path: Path; readonly findings: Findings },
): void {
  for (const issue of issues) {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const full = [...at.path, ...path];
    if (issue.code === 'unrecognized_keys') {
      const known = path.includes('data_images') ? DATA_IMAGE_FIELDS : IMAGE_FIELDS;
      for (const key of issue.keys ?? []) {
        at.findings.error([...full, key], explainUnknownField(key, known), 'key');
      }
    } else {
      const field = path.findLast((step) => typeof step === 'string') ?? '';
      at.findings.error(full, explainValue(field, valueAt(value, path)));
    }
  }
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = new Map<string, unknown>(Object.entries(at)).get(String(step));
  }
  return at;
}

/** `defaults`, checked; a bad one is reported once and left out, not for every image again. */
export function checkDefaults(defaults: unknown, findings: Findings): Fields {
  if (defaults === undefined || defaults === null) return {};
  const parsed = defaultsSchema.safeParse(defaults);
  if (parsed.success) return parsed.data;
  reportSchemaIssues(parsed.error.issues, defaults, { path: ['defaults'], findings });
  const bad = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
  if (typeof defaults !== 'object') return {};
  const known = new Set(IMAGE_FIELDS);
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => known.has(name) && !bad.has(name)),
  );
}

/** Checks one image; `undefined` when it has an error. */
export function checkImage(
  raw: unknown,
  index: number,
  at: { readonly defaults: Fields; readonly findings: Findings },
): ManifestImage | undefined {
  const path: Path = ['images', index];
  const { findings } = at;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    findings.error(path, `is ${show(raw)}; allowed is a mapping with name and image_url`);
    return undefined;
  }
  const own: Fields = { ...raw };
  const merged = withDefaults(own, at.defaults);
  const parsed = imageSchema.safeParse(merged);
  if (!parsed.success) {
    reportSchemaIssues(parsed.error.issues, merged, { path, findings });
    return undefined;
  }
  const isSound = checkRules(parsed.data, own, { path, findings });
  if (!isSound) return undefined;
  const { os_version, priority } = parsed.data;
  const warning = os_version === undefined ? undefined : osVersionWarning(os_version);
  if (warning !== undefined) findings.warning([...path, 'os_version'], warning);
  return {
    request: toRequest(parsed.data),
    line: findings.lineOf(path),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** Defaults that do not fit the kind of this image are left out; its own fields never are. */
function withDefaults(own: Fields, defaults: Fields): Fields {
  const merged: Fields = { ...defaults, ...own };
  const unfit = unfitFields(merged as Partial<ImageInput>).filter((field) => !(field in own));
  const replaced = 'tags' in own ? ['image_tags'] : 'image_tags' in own ? ['tags'] : [];
  const drop = new Set([...unfit, ...replaced.filter((field) => !(field in own))]);
  if (drop.size === 0) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !drop.has(name)));
}

function checkRules(
  image: ImageInput,
  own: Fields,
  at: { readonly path: Path; readonly findings: Findings },
): boolean {
  const unfit = unfitFields(image).filter((field) => field in own);
  const how = image.kind === 'data' || image.type === 'DataImage' ? 'a data disk' : 'quick_import';
  for (const field of unfit) {
    at.findings.error([...at.path, field], `does not go with ${how}; leave it out`, 'key');
  }
  const crossed = crossIssues(image);
  for (const { field, message } of crossed) at.findings.error([...at.path, field], message);
  return unfit.length === 0 && crossed.length === 0;
}

/** The same import twice is an error, the same name for another file a warning. */
export function checkTwins(
  images: readonly { readonly image: ManifestImage; readonly index: number }[],
  findings: Findings,
): void {
  const byKey = new Map<string, number>();
  const byName = new Map<string, { line: number; url: string }>();
  for (const { image, index } of images) {
    const { request, line } = image;
    const key = importKey(request);
    const twin = byKey.get(key);
    if (twin !== undefined) {
      const message = `is the same import as in line ${twin}; give one of them copy: 2 to import the file twice`;
      findings.error(['images', index], message);
      continue;
    }
    byKey.set(key, line);
    const named = byName.get(request.name);
    if (named === undefined) byName.set(request.name, { line, url: request.image_url });
    else if (named.url !== request.image_url) {
      const message = `is the name of another image in line ${named.line}, too`;
      findings.warning(['images', index, 'name'], message);
    }
  }
}
