/** Stands in a batch while it is being archived: by whom, into which file, and how far. */
export interface ArchiveMark {
  /** Stands in the file, too: they belong together. */
  readonly id: string;
  /** `removing`: the file is whole, and its images leave the ledger. */
  readonly phase: 'writing' | 'removing';
  /** Whole path. */
  readonly file: string;
  /** The machine on which it is. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When the batch had finished: another time says that it has moved since. */
  readonly finishedAt: number;
}

/** In one spelling: marks are compared as texts. */
export function markText(mark: ArchiveMark): string {
  const { id, phase, file, host, at, finishedAt } = mark;
  return JSON.stringify({ id, phase, file, host, at, finishedAt });
}

export function parseMark(text: string): ArchiveMark {
  return JSON.parse(text) as ArchiveMark;
}
