import type { BatchStore } from '../../shared/ledger/batch-store.ts';
import type { Changes } from '../../shared/ledger/change-feed.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { atMost, type Clock } from '../../shared/runtime/clock.ts';
import { type IndexRow, indexRow } from './index-row.ts';

export interface IndexDeps {
  readonly batches: BatchStore;
  readonly ledger: ImportStore;
  readonly clock: Clock;
}

const PAGE = 500;
/** Between two pages, so that Redis and this process have room for others: 25,000 images a second. */
const PAUSE_MS = 20;

/**
 * All images of one batch, in memory, so that they can be searched, filtered and sorted. It is read
 * once, in the background, and then kept up to date by what has changed.
 */
export class BatchIndex {
  readonly #deps: IndexDeps;
  readonly #batch: string;
  #rows = new Map<string, IndexRow>();
  #reading: Promise<void> | undefined;
  #isWhole = false;
  #isStale = false;

  constructor(deps: IndexDeps, batch: string) {
    this.#deps = deps;
    this.#batch = batch;
  }

  get rows(): Iterable<IndexRow> {
    return this.#rows.values();
  }

  /** Images that are known by now. */
  get size(): number {
    return this.#rows.size;
  }

  /** False while images may be missing: they are being read. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /**
   * Resolves when all images are known, or after `patienceMs`; then it is read on in the background.
   * @throws what Redis says, when it cannot be read
   */
  async ready(patienceMs: number): Promise<void> {
    const read = this.#read();
    // Who does not wait for it any more is not told either; the next one who asks is.
    read.catch(() => undefined);
    await atMost(this.#deps.clock, patienceMs, read);
  }

  /** Takes over what has changed. */
  async update(changes: Pick<Changes, 'keys' | 'isComplete'>): Promise<void> {
    if (changes.isComplete) await this.#take(changes.keys.filter((key) => this.#rows.has(key)));
    else {
      this.#isStale = true;
      this.#isWhole = false;
    }
  }

  /** Tells how many images the batch has now: it may have got more. */
  grow(total: number): void {
    if (total > this.#rows.size) this.#isWhole = false;
  }

  #read(): Promise<void> {
    if (this.#isWhole) return Promise.resolve();
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** From where it is; all anew when changes were missed. Changes that come meanwhile are taken. */
  async #readAll(): Promise<void> {
    const { batches, clock } = this.#deps;
    let from = this.#isStale ? 0 : this.#rows.size;
    this.#isStale = false;
    for (;;) {
      const keys = await batches.members(this.#batch, from, PAGE);
      await this.#take(keys);
      from += keys.length;
      if (keys.length < PAGE) break;
      await clock.sleep(PAUSE_MS);
    }
    this.#isWhole = !this.#isStale;
  }

  async #take(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const now = this.#deps.clock.now();
    for (const entry of await this.#deps.ledger.readMany(keys)) {
      this.#rows.set(entry.key, indexRow(entry, now));
    }
  }
}
