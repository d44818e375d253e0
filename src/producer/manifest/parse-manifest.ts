import { basename, extname } from 'node:path';
import { LIMITS } from '../../shared/image/image-fields.ts';
import type { Manifest, ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';
import { checkImage, type ImageCheck } from './check-images.ts';
import { decode } from './decode.ts';
import { checkDefaults } from './defaults.ts';
import { createFindings, type Findings } from './findings.ts';
import { capIssues, type ManifestIssue, show } from './issue.ts';
import { patternOf, toPattern } from './pattern-image.ts';
import { readYaml, type SoundYaml } from './read-yaml.ts';
import { checkCount, checkTop } from './top-fields.ts';
import { checkTwins, type Placed } from './twins.ts';

export const MAX_BYTES = 64_000_000;

export type ParseResult =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly ManifestIssue[] }
  | {
      readonly ok: false;
      readonly issues: readonly ManifestIssue[];
      readonly warnings: readonly ManifestIssue[];
    };

/** A manifest from the bytes of its file, or everything that is wrong with it. Never throws. */
export function parseManifest(bytes: Uint8Array, file: string): ParseResult {
  if (bytes.length > MAX_BYTES) return refuse(file, tooLarge(bytes.length));
  const decoded = decode(bytes);
  if (!decoded.ok) return refuse(file, decoded.fault.message, decoded.fault);
  const yaml = readYaml(decoded.text);
  if (!yaml.ok) {
    const issues = yaml.faults.map((fault) => ({ file, ...fault }));
    return { ok: false, issues: capIssues(issues), warnings: [] };
  }
  if (yaml.value === null || yaml.value === undefined) {
    return refuse(file, 'is empty: nothing to import');
  }
  return checkManifest(yaml, file);
}

/** A file that is refused as a whole. */
export function refuse(
  file: string,
  message: string,
  { line, column }: { readonly line: number; readonly column: number } = { line: 1, column: 1 },
): ParseResult {
  return { ok: false, issues: [{ file, line, column, field: '', message }], warnings: [] };
}

export function tooLarge(size: number): string {
  return `has ${size} bytes; allowed are ${MAX_BYTES}, split it into several files`;
}

function checkManifest(yaml: SoundYaml, file: string): ParseResult {
  const findings = createFindings(yaml, file);
  const manifest = readManifest(yaml.value, file, findings);
  const { errors } = findings;
  const warnings = capIssues(findings.warnings.issues, findings.warnings.total);
  return errors.total > 0 || !manifest
    ? { ok: false, issues: capIssues(errors.issues, errors.total), warnings }
    : { ok: true, manifest, warnings };
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
    const what =
      images === undefined ? 'is missing' : images === null ? 'is empty' : `is ${show(images)}`;
    findings.error(['images'], `${what}; allowed is a list of images`);
    return undefined;
  }
  if (images.length === 0) findings.error(['images'], 'is empty: nothing to import');
  if (images.length > LIMITS.images) {
    findings.error(['images'], `has ${images.length} images; allowed are ${LIMITS.images}`);
    return undefined;
  }
  const count = root.get('count');
  const defaults = checkDefaults(root.get('defaults'), findings);
  const checked = checkAll(images, { defaults, findings, osWarnings: new Map() });
  const { patterns } = checked;
  if (patterns.length === 0) checkCount(count, images.length, findings);
  const name = batchName(root.get('name'), file);
  const whole = { name, file, images: checked.images, ...cloudOf(root) };
  if (patterns.length === 0) return whole;
  return { ...whole, expands: { patterns, ...(typeof count === 'number' ? { count } : {}) } };
}

function checkAll(
  images: readonly unknown[],
  check: ImageCheck,
): { readonly images: readonly ManifestImage[]; readonly patterns: readonly ManifestPattern[] } {
  const sound: Placed[] = [];
  const patterns: ManifestPattern[] = [];
  const { findings } = check;
  for (const [index, raw] of images.entries()) {
    const path = ['images', index];
    const pattern = patternOf(raw);
    const image = checkImage(pattern?.sample ?? raw, index, check);
    if (!image) continue;
    if (!pattern) sound.push({ image, index });
    const many = pattern && toPattern(pattern, image, { path, before: sound.length, findings });
    if (many) patterns.push(many);
  }
  checkTwins(sound, findings);
  return { images: sound.map(({ image }) => image), patterns };
}

function cloudOf(root: ReadonlyMap<string, unknown>): { readonly cloud?: string } {
  const cloud = root.get('cloud');
  return typeof cloud === 'string' ? { cloud } : {};
}

/** The name in the file, else the file's own, with what a batch name cannot hold replaced. */
function batchName(name: unknown, file: string): string {
  if (typeof name === 'string' && name !== '') return name;
  const base = basename(file, extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return base.replace(/^[^A-Za-z0-9]+/, '').slice(0, LIMITS.batchName) || 'manifest';
}
