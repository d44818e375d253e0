import type { Manifest } from '../../shared/image/image-request.ts';
import type { ManifestIssue } from './issue.ts';

export const MAX_BYTES = 64_000_000;

export type ParseResult =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly ManifestIssue[] }
  | {
      readonly ok: false;
      readonly issues: readonly ManifestIssue[];
      readonly warnings: readonly ManifestIssue[];
    };

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
