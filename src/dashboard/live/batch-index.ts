import type { StatusDeps } from '../../producer/status-deps.ts';
import type { Changes } from '../../shared/ledger/change-feed.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { atMost } from '../../shared/runtime/clock.ts';
import { imageRow } from '../../ui/image-row.ts';
import { displayStateOf } from '../../ui/states.ts';

/** What is kept of each image to search, filter and sort a batch; small, as there may be very many. */
export type IndexRow = Readonly<ReturnType<typeof indexRow>>;

function indexRow(entry: LedgerEntry, now: number) {
  const row = imageRow(entry, now);
  return {
    key: row.key,
    name: row.name,
    source: entry.request.image_url,
    state: displayStateOf(row),
    code: row.error?.code,
    /** IMS job and image, in lower case. */
    ids: `${row.jobId ?? ''} ${row.imageId ?? ''}`.toLowerCase(),
    finishedAt: row.finishedAt,
    waitingMs: row.waitingMs,
    inImsMs: row.inImsMs,
    /** While IMS is creating it: since when. */
    inImsSince: row.state === 'creating' ? row.acceptedAt : undefined,
  };
}

const PAGE_SIZE = 500;
/** Between two pages, so that Redis and this process can do other work: 25,000 images a second. */
const PAUSE_MS = 20;

/**
 * All images of one batch in memory, to search, filter and sort them. They are read once, in the
 * background, and then updated from the change feed.
 */
class BatchIndex {
  readonly #deps: StatusDeps;
  readonly #batch: string;
  #rows = new Map<string, IndexRow>();
  #reading: Promise<void> | undefined;
  #isWhole = false;
  #isStale = false;

  constructor(deps: StatusDeps, batch: string) {
    this.#deps = deps;
    this.#batch = batch;
  }

  get rows(): Iterable<IndexRow> {
    return this.#rows.values();
  }

  /** Images that are known so far. */
  get size(): number {
    return this.#rows.size;
  }

  /** False while images may be missing, because they are still being read. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /**
   * Resolves when all images are known, or after `patienceMs`; reading then continues in the background.
   * @throws the error of Redis, when it cannot be read
   */
  async ready(patienceMs: number): Promise<void> {
    const read = this.#read();
    // After the wait nobody handles an error; the next caller reads again and gets it.
    read.catch(() => undefined);
    await atMost(this.#deps.clock, patienceMs, read);
  }

  async update(changes: Pick<Changes, 'keys' | 'isComplete'>): Promise<void> {
    if (changes.isComplete) await this.#take(changes.keys.filter((key) => this.#rows.has(key)));
    else {
      this.#isStale = true;
      this.#isWhole = false;
    }
  }

  /** `total`: images of the batch now, as some may have been added. */
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

  /** Continues after the known images, or starts over when changes were missed. */
  async #readAll(): Promise<void> {
    const { batches, clock } = this.#deps;
    let from = this.#isStale ? 0 : this.#rows.size;
    this.#isStale = false;
    for (;;) {
      const keys = await batches.members(this.#batch, from, PAGE_SIZE);
      await this.#take(keys);
      from += keys.length;
      if (keys.length < PAGE_SIZE) break;
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

/** Batches that can be searched at the same time without reading one of them again. */
const MAX_INDEXES = 3;
const IDLE_MS = 10 * 60_000;
/** Pages of changes that are taken over at once. */
const MAX_CHANGE_PAGES = 4;

interface Kept {
  readonly index: BatchIndex;
  /** Images of the batch at its last use. */
  readonly total: number;
  readonly usedAt: number;
}

/** The indexes of the batches that are being searched, all updated from one change feed. */
export class BatchIndexes {
  readonly #deps: StatusDeps;
  readonly #kept = new Map<string, Kept>();
  #position = 0;
  #catching: Promise<void> | undefined;

  constructor(deps: StatusDeps) {
    this.#deps = deps;
  }

  /** The index of a batch that has `total` images now; it may still be incomplete. */
  async get(batch: string, total: number): Promise<BatchIndex> {
    await this.#catchUpOnce();
    const usedAt = this.#deps.clock.monotonic();
    const known = this.#kept.get(batch);
    // A batch shrinks only while it is archived. The feed has no change for that: read all again.
    const isShrunk = known !== undefined && total < known.total;
    const index = known && !isShrunk ? known.index : new BatchIndex(this.#deps, batch);
    // Moved to the end: the first is then the least recently used.
    this.#kept.delete(batch);
    this.#kept.set(batch, { index, usedAt, total });
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= MAX_INDEXES) break;
      this.#kept.delete(oldest);
    }
    index.grow(total);
    return index;
  }

  async #catchUpOnce(): Promise<void> {
    this.#catching ??= this.#catchUp().finally(() => {
      this.#catching = undefined;
    });
    return this.#catching;
  }

  async #catchUp(): Promise<void> {
    const { clock, ledger } = this.#deps;
    const now = clock.monotonic();
    for (const [batch, { usedAt }] of this.#kept) {
      if (now - usedAt > IDLE_MS) this.#kept.delete(batch);
    }
    // The position is read before any index: later changes are then in the feed after it.
    if (this.#kept.size === 0) {
      this.#position = await ledger.changes.position();
      return;
    }
    for (let page = 0; page < MAX_CHANGE_PAGES; page += 1) {
      const changes = await ledger.changes.since(this.#position, PAGE_SIZE);
      this.#position = changes.position;
      for (const { index } of this.#kept.values()) await index.update(changes);
      if (!changes.hasMore) return;
    }
  }
}
