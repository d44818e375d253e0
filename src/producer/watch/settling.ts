/** What tells one version of a file from another, without reading it. */
export interface FileSight {
  readonly name: string;
  /** Inode, size and times: a new one for each version. */
  readonly print: string;
  /** False while it is empty or its last line has no end: it may be about to grow. */
  readonly looksWhole: boolean;
}

/** How much longer than usual a file that does not look whole is left alone. */
const PATIENCE = 5;

interface Stay {
  readonly print: string;
  readonly since: number;
  taken: boolean;
}

/**
 * Tells which files are complete: those that did not change for `quietMs`, by our own clock, since
 * that of a file server may differ. A file is told once for each of its versions.
 */
export class Settling {
  readonly #quietMs: number;
  readonly #stays = new Map<string, Stay>();

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /**
   * Sees all files of the folder at a monotonic time, in milliseconds. Answers the complete ones that
   * are not taken yet, and when to look again for those that may be complete then.
   */
  see(
    sights: readonly FileSight[],
    now: number,
  ): { readonly ready: readonly FileSight[]; readonly againMs: number | undefined } {
    const names = new Set(sights.map(({ name }) => name));
    for (const name of this.#stays.keys()) if (!names.has(name)) this.#stays.delete(name);
    const ready: FileSight[] = [];
    let againMs: number | undefined;
    for (const sight of sights) {
      const stay = this.#stayOf(sight, now);
      if (stay.taken) continue;
      const leftMs = stay.since + this.#quietMs * (sight.looksWhole ? 1 : PATIENCE) - now;
      if (leftMs <= 0) ready.push(sight);
      else againMs = Math.min(againMs ?? leftMs, leftMs);
    }
    return { ready, againMs };
  }

  /** This version is dealt with. */
  taken({ name, print }: FileSight): void {
    const stay = this.#stays.get(name);
    if (stay?.print === print) stay.taken = true;
  }

  /** The version that was dealt with; `undefined` when a newer one is there, or none. */
  takenPrint(name: string): string | undefined {
    const stay = this.#stays.get(name);
    return stay?.taken ? stay.print : undefined;
  }

  #stayOf({ name, print }: FileSight, now: number): Stay {
    const known = this.#stays.get(name);
    if (known?.print === print) return known;
    const stay = { print, since: now, taken: false };
    this.#stays.set(name, stay);
    return stay;
  }
}
