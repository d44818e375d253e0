import { fieldName, type ManifestIssue, type Path } from './issue.ts';
import type { SoundYaml } from './read-yaml.ts';

/** Collects what is wrong; `part` tells whether the key or the value is meant. */
export interface Findings {
  error(path: Path, message: string, part?: 'key' | 'value'): void;
  warning(path: Path, message: string): void;
  lineOf(path: Path): number;
  readonly errors: Collected;
  readonly warnings: Collected;
}

/** Issues with their places, up to a number; the rest is only counted. */
export interface Collected {
  readonly issues: readonly ManifestIssue[];
  readonly total: number;
}

/** Finding places costs time; far fewer than these are listed. */
const MOST_KEPT = 2000;

export function createFindings(yaml: Pick<SoundYaml, 'placeOf'>, file: string): Findings {
  const errors = { issues: [] as ManifestIssue[], total: 0 };
  const warnings = { issues: [] as ManifestIssue[], total: 0 };
  return {
    errors,
    warnings,
    error: (path, message, part = 'value') => {
      errors.total += 1;
      if (errors.total > MOST_KEPT) return;
      errors.issues.push({ file, ...yaml.placeOf(path, part), field: fieldName(path), message });
    },
    warning: (path, message) => {
      warnings.total += 1;
      if (warnings.total > MOST_KEPT) return;
      warnings.issues.push({ file, ...yaml.placeOf(path), field: fieldName(path), message });
    },
    lineOf: (path) => yaml.placeOf(path).line,
  };
}
