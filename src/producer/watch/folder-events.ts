import { type FSWatcher, watch } from 'node:fs';

/** Wakes a sleeper when something happens in a folder. Events are only a hint: some are missed. */
export class FolderEvents {
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #wake = new AbortController();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Aborted with the next event. */
  get next(): AbortSignal {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    this.#watcher ??= this.#open();
    return this.#wake.signal;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** `undefined` where events cannot be had (no more inotify watches, a network share). */
  #open(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#folder, () => this.#wake.abort());
      // The folder is gone, or the share: it is watched anew with the next look.
      watcher.on('error', () => this.close());
      return watcher;
    } catch {
      return undefined;
    }
  }
}
