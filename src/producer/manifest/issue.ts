import { escapeText } from '../../shared/text/escape-text.ts';

/** One thing that is wrong with a manifest, and where. Lines and columns count from 1. */
export interface ManifestIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `images[3].min_disk`; empty for the file as a whole. */
  readonly field: string;
  /** What is wrong, what is allowed. */
  readonly message: string;
}

/** Steps from the root of the file to a part of it. */
export type Path = readonly (string | number)[];

/** How many issues of one file are listed. */
export const MAX_ISSUES = 50;

/** `file:line:column field: what is wrong, what is allowed` */
export function formatIssue(issue: ManifestIssue): string {
  const field = issue.field === '' ? '' : ` ${issue.field}:`;
  return `${escapeText(issue.file)}:${issue.line}:${issue.column}${field} ${issue.message}`;
}

/** Sorted by place; `total` counts those, too, that were not kept. */
export function capIssues(
  issues: readonly ManifestIssue[],
  total = issues.length,
): readonly ManifestIssue[] {
  const sorted = withoutTwins(issues).toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  if (total <= MAX_ISSUES || !first) return sorted;
  const last = sorted[MAX_ISSUES] ?? first;
  const more = { ...last, field: '', message: `and ${total - MAX_ISSUES} more` };
  return [...sorted.slice(0, MAX_ISSUES), more];
}

/** One value that breaks two checks is told once. */
function withoutTwins(issues: readonly ManifestIssue[]): readonly ManifestIssue[] {
  return [...new Map(issues.map((issue) => [formatIssue(issue), issue])).values()];
}

/** `images[3].min_disk`; what is not a plain word is escaped and cut. */
export function fieldName(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const text = cut(escapeText(redact(step)), 40);
      return index === 0 ? text : `.${text}`;
    })
    .join('');
}

/** A value as a message shows it: quoted, escaped, cut at 60 characters, without passwords. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${cut(escapeText(redact(value)), 60)}"`;
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  return String(value);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `user:pass@` and the query of a signed URL are what a text may hold; they are never repeated. */
function redact(text: string): string {
  // Word by word: one pattern for all of it takes minutes for a long text.
  return text.replace(/\?[^\s?]*=.*/su, '?***').replace(/\S+/g, redactWord);
}

function redactWord(word: string): string {
  const at = word.lastIndexOf('@');
  const colon = word.indexOf(':');
  return colon >= 0 && colon < at ? `***${word.slice(at)}` : word;
}

/** `U+202E` */
export function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
