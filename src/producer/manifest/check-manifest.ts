import { LIMITS } from '../../shared/image/image-fields.ts';
import type { Manifest, ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';
import { batchName } from './batch-name.ts';
import { checkImage, type ImageCheck } from './check-images.ts';
import { checkDefaults } from './defaults.ts';
import { createFindings, type Findings } from './findings.ts';
import { capIssues, show } from './issue.ts';
import type { ParseResult } from './parse-result.ts';
import { patternOf, toPattern } from './pattern-image.ts';
import type { SoundYaml } from './read-yaml.ts';
import { checkCount, checkTop } from './top-fields.ts';
import { checkTwins, type Placed } from './twins.ts';

/** A manifest from the value of a file, or everything that is wrong with it. */
export function checkManifest(
  yaml: Pick<SoundYaml, 'value' | 'placeOf'>,
  file: string,
): ParseResult {
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
  const named = batchName(root.get('name'), file);
  const whole = { ...named, file, images: checked.images, ...cloudOf(root) };
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
    const pattern = patternOf(raw);
    const image = checkImage(pattern?.sample ?? raw, index, check);
    if (!image) continue;
    if (pattern) patterns.push(toPattern(pattern, image, { index, before: sound.length }));
    else sound.push({ image, index });
  }
  checkTwins(sound, findings);
  return { images: sound.map(({ image }) => image), patterns };
}

function cloudOf(root: ReadonlyMap<string, unknown>): { readonly cloud?: string } {
  const cloud = root.get('cloud');
  return typeof cloud === 'string' ? { cloud } : {};
}
