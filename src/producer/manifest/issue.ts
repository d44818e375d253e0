import type { Manifest } from '../../shared/image/image-request.ts';
import { escapeText } from '../../shared/text/escape-text.ts';

/** One thing that is wrong with a manifest, and where. Lines and columns count from 1. */
export interface ManifestIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `images[3].min_disk`; empty for the file as a whole. */
  readonly field: string;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

/** An issue where its file is known. */
export type IssueInFile = Omit<ManifestIssue, 'file'>;

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Steps from the root of the file to a part of it. */
export type Path = readonly (string | number)[];

/** Something to say about a field of an image; the path begins at the image. */
export interface FieldNote {
  readonly path: Path;
  readonly message: string;
}

export interface Refused {
  readonly ok: false;
  readonly issues: readonly ManifestIssue[];
  readonly warnings: readonly ManifestIssue[];
}

export type ParseResult =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly ManifestIssue[] }
  | Refused;

/** How many issues of one file are listed. */
const MAX_ISSUES = 50;
/** Finding the place of an issue takes time; beyond this number issues are only counted. */
const MAX_PLACED = 2000;

/** A file that is refused as a whole. */
export function refuse(
  file: string,
  message: string,
  { line, column }: Place = { line: 1, column: 1 },
): Refused {
  return { ok: false, issues: [{ file, line, column, field: '', message }], warnings: [] };
}

/** `file:line:column field: message`; for the file as a whole `file: message`. */
export function formatIssue({ file, line, column, field, message }: ManifestIssue): string {
  const name = escapeText(file);
  if (field !== '') return `${name}:${line}:${column} ${field}: ${message}`;
  const isWholeFile = line === 1 && column === 1;
  return isWholeFile ? `${name}: ${message}` : `${name}:${line}:${column} ${message}`;
}

/** The first issues in the order of the file; `total` also counts those that were not kept. */
export function capIssues(
  issues: readonly ManifestIssue[],
  total = issues.length,
): readonly ManifestIssue[] {
  // One value may break two checks with the same message.
  const distinct = new Map(issues.map((issue) => [formatIssue(issue), issue]));
  const sorted = [...distinct.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  if (total <= MAX_ISSUES || !first) return sorted;
  const last = sorted[MAX_ISSUES] ?? first;
  const more = { ...last, field: '', message: `and ${total - MAX_ISSUES} more` };
  return [...sorted.slice(0, MAX_ISSUES), more];
}

/** Finds where a part of the file is: its key or (by default) its value. */
export type PlaceOf = (path: Path, part?: 'key' | 'value') => Place;

/** Where a part of a manifest is written in its file, and what it is called there. */
interface Locate {
  readonly placeOf: PlaceOf;
  readonly written: (path: Path) => Path;
}

/** Collects the errors and warnings of one file, with their places. */
export class Findings {
  readonly #file: string;
  readonly #at: Locate;
  readonly #errors: ManifestIssue[] = [];
  readonly #warnings: ManifestIssue[] = [];
  #errorCount = 0;
  #warningCount = 0;

  constructor(file: string, at: Locate) {
    this.#file = file;
    this.#at = at;
  }

  error(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#errorCount += 1;
    if (this.#errorCount <= MAX_PLACED) this.#errors.push(this.#issue(path, message, part));
  }

  warning(path: Path, message: string): void {
    this.#warningCount += 1;
    if (this.#warningCount <= MAX_PLACED) this.#warnings.push(this.#issue(path, message));
  }

  lineOf(path: Path): number {
    return this.#at.placeOf(path).line;
  }

  /** The manifest, unless there is an error. */
  result(manifest: Manifest | undefined): ParseResult {
    const warnings = capIssues(this.#warnings, this.#warningCount);
    if (manifest && this.#errorCount === 0) return { ok: true, manifest, warnings };
    return { ok: false, issues: capIssues(this.#errors, this.#errorCount), warnings };
  }

  #issue(path: Path, message: string, part?: 'key' | 'value'): ManifestIssue {
    const field = fieldName(this.#at.written(path));
    return { file: this.#file, ...this.#at.placeOf(path, part), field, message };
  }
}

/** `images[3].min_disk`; names from the file are escaped and cut. */
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

/** Text may hold `user:pass@` or the query of a signed URL: messages never repeat them. */
function redact(text: string): string {
  // Word by word: a single pattern takes minutes on a long text.
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
