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

/** How many issues of one file are listed. */
export const MAX_ISSUES = 50;

/** `file:line:column field: what is wrong, what is allowed` */
export function formatIssue(issue: ManifestIssue): string {
  const field = issue.field === '' ? '' : ` ${issue.field}:`;
  return `${escapeText(issue.file)}:${issue.line}:${issue.column}${field} ${issue.message}`;
}

/** Sorted by place; what is over the cap is counted in one last line. */
export function capIssues(issues: readonly ManifestIssue[]): readonly ManifestIssue[] {
  const sorted = issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  if (sorted.length <= MAX_ISSUES || !first) return sorted;
  const message = `and ${sorted.length - MAX_ISSUES} more`;
  const last = sorted[MAX_ISSUES] ?? first;
  return [...sorted.slice(0, MAX_ISSUES), { ...last, field: '', message }];
}

/** Text from outside as it may be shown: control and direction characters become visible. */
export function escapeText(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be shown
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as a message shows it: quoted, escaped, cut at 60 characters. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const text = escapeText(value);
    return `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
  }
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  return String(value);
}
