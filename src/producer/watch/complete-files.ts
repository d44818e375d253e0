/** One version of a file, recognised without reading it. */
export interface FileVersion {
  readonly name: string;
  /** Inode, size and times. */
  readonly print: string;
  /** False while it is empty or its last line has no end: it may be about to grow. */
  readonly looksWhole: boolean;
}

/** How much longer a file that does not look whole is left alone. */
const PATIENCE = 5;

interface Known {
  readonly print: string;
  readonly since: number;
  isTaken: boolean;
}

/**
 * Decides which files are complete: those that have not changed for `quietMs`, by our own clock, since
 * that of a file server may differ.
 */
export class CompleteFiles {
  readonly #quietMs: number;
  readonly #known = new Map<string, Known>();

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /**
   * Takes all files of the folder at a monotonic time, in milliseconds. Returns the complete ones that
   * are not taken yet, and when to check again for those that may be complete then.
   */
  update(
    versions: readonly FileVersion[],
    now: number,
  ): { readonly ready: readonly FileVersion[]; readonly againMs: number | undefined } {
    const names = new Set(versions.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    const ready: FileVersion[] = [];
    let againMs: number | undefined;
    for (const version of versions) {
      const known = this.#note(version, now);
      if (known.isTaken) continue;
      const leftMs = known.since + this.#quietMs * (version.looksWhole ? 1 : PATIENCE) - now;
      if (leftMs <= 0) ready.push(version);
      else againMs = Math.min(againMs ?? leftMs, leftMs);
    }
    return { ready, againMs };
  }

  /** This version needs nothing more. */
  taken({ name, print }: FileVersion): void {
    const known = this.#known.get(name);
    if (known?.print === print) known.isTaken = true;
  }

  /** The version that was taken; `undefined` when there is a newer one, or none. */
  takenPrint(name: string): string | undefined {
    const known = this.#known.get(name);
    return known?.isTaken ? known.print : undefined;
  }

  #note({ name, print }: FileVersion, now: number): Known {
    const known = this.#known.get(name);
    if (known?.print === print) return known;
    const fresh = { print, since: now, isTaken: false };
    this.#known.set(name, fresh);
    return fresh;
  }
}
