import { basename, extname } from 'node:path';
import type { Manifest, ManifestImage } from '../../shared/image/image-request.ts';
import {
  checkDefaults,
  checkImage,
  checkTwins,
  type Findings,
  reportSchemaIssues,
} from './check-images.ts';
import { decode } from './decode.ts';
import { explainUnknownField } from './explain-value.ts';
import { MANIFEST_FIELDS, manifestSchema } from './image-schema.ts';
import { capIssues, type ManifestIssue, show } from './issue.ts';
import { type Path, readYaml, type SoundYaml } from './read-yaml.ts';

export const MAX_BYTES = 64_000_000;
export const MAX_IMAGES = 200_000;

export type ParseResult =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly ManifestIssue[] }
  | {
      readonly ok: false;
      readonly issues: readonly ManifestIssue[];
      readonly warnings: readonly ManifestIssue[];
    };

/** A manifest from the bytes of its file, or everything that is wrong with it. Never throws. */
export function parseManifest(bytes: Uint8Array, file: string): ParseResult {
  const at = (line: number, column: number, message: string): ParseResult => ({
    ok: false,
    issues: [{ file, line, column, field: '', message }],
    warnings: [],
  });
  if (bytes.length > MAX_BYTES) {
    return at(1, 1, `has ${bytes.length} bytes; allowed are ${MAX_BYTES}`);
  }
  const decoded = decode(bytes);
  if (!decoded.ok) return at(decoded.fault.line, decoded.fault.column, decoded.fault.message);
  const yaml = readYaml(decoded.text);
  if (!yaml.ok) {
    const issues = yaml.faults.map((fault) => ({ file, field: '', ...fault }));
    return { ok: false, issues: capIssues(issues), warnings: [] };
  }
  if (yaml.value === null || yaml.value === undefined) {
    return at(1, 1, 'is empty: nothing to import');
  }
  return checkManifest(yaml, file);
}

function checkManifest(yaml: SoundYaml, file: string): ParseResult {
  const issues: ManifestIssue[] = [];
  const warnings: ManifestIssue[] = [];
  const findings: Findings = {
    error: (path, message, part = 'value') => {
      issues.push({ file, ...yaml.placeOf(path, part), field: fieldName(path), message });
    },
    warning: (path, message) => {
      warnings.push({ file, ...yaml.placeOf(path), field: fieldName(path), message });
    },
    lineOf: (path) => yaml.placeOf(path).line,
  };
  const manifest = readManifest(yaml.value, file, findings);
  if (issues.length > 0 || !manifest) {
    return { ok: false, issues: capIssues(issues), warnings: capIssues(warnings) };
  }
  return { ok: true, manifest, warnings: capIssues(warnings) };
}

function readManifest(value: unknown, file: string, findings: Findings): Manifest | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    findings.error([], `is ${show(value)}; expected is a mapping with images:`);
    return undefined;
  }
  const root = new Map<string, unknown>(Object.entries(value));
  checkTop(root, findings);
  const images = root.get('images');
  if (!Array.isArray(images)) {
    const what = images === undefined ? 'is missing' : `is ${show(images)}`;
    findings.error(['images'], `${what}; allowed is a list of images`);
    return undefined;
  }
  if (images.length === 0) findings.error(['images'], 'is empty: nothing to import');
  if (images.length > MAX_IMAGES) {
    findings.error(['images'], `has ${images.length} images; allowed are ${MAX_IMAGES}`);
    return undefined;
  }
  checkCount(root.get('count'), images.length, findings);
  const checked = checkAll(images, { root, findings });
  return { name: batchName(root.get('name'), file), file, images: checked };
}

function checkAll(
  images: readonly unknown[],
  at: { readonly root: ReadonlyMap<string, unknown>; readonly findings: Findings },
): readonly ManifestImage[] {
  const defaults = checkDefaults(at.root.get('defaults'), at.findings);
  const sound: { image: ManifestImage; index: number }[] = [];
  for (const [index, raw] of images.entries()) {
    const image = checkImage(raw, index, { defaults, findings: at.findings });
    if (image) sound.push({ image, index });
  }
  checkTwins(sound, at.findings);
  return sound.map(({ image }) => image);
}

const topSchema = manifestSchema.pick({ name: true, count: true });

function checkTop(root: ReadonlyMap<string, unknown>, findings: Findings): void {
  for (const key of root.keys()) {
    if (MANIFEST_FIELDS.includes(key)) continue;
    findings.error([key], explainUnknownField(key, MANIFEST_FIELDS), 'key');
  }
  const own = { name: root.get('name'), count: root.get('count') };
  const parsed = topSchema.safeParse(own);
  if (!parsed.success) reportSchemaIssues(parsed.error.issues, own, { path: [], findings });
}

function checkCount(count: unknown, images: number, findings: Findings): void {
  if (typeof count !== 'number' || count === images) return;
  findings.error(['count'], `is ${count}, but there are ${images} images: the file may be cut off`);
}

/** The name in the file, else the file's own, with what a batch name cannot hold replaced. */
function batchName(name: unknown, file: string): string {
  if (typeof name === 'string' && name !== '') return name;
  const base = basename(file, extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return base.replace(/^[^A-Za-z0-9]+/, '').slice(0, 100) || 'manifest';
}

/** `images[3].min_disk` */
function fieldName(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('');
}
