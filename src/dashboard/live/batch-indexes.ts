import type { ChangeFeed } from '../../shared/ledger/change-feed.ts';
import { BatchIndex, type IndexDeps } from './batch-index.ts';

/** So many batches can be searched at once without reading one of them anew. */
const MOST_KEPT = 3;
const IDLE_MS = 10 * 60_000;
/** Changes that are taken over at once: so many reads of the feed, of so many imports. */
const ROUNDS = 4;
const PAGE = 500;

interface Kept {
  readonly index: BatchIndex;
  /** Images of the batch when it was asked for last. */
  readonly total: number;
  usedAt: number;
}

/** The indexes of the batches that somebody looks through, all kept up to date by one feed. */
export class BatchIndexes {
  readonly #deps: IndexDeps;
  readonly #feed: ChangeFeed;
  readonly #kept = new Map<string, Kept>();
  #position: number | undefined;
  #catching: Promise<void> | undefined;

  constructor(deps: IndexDeps, feed: ChangeFeed) {
    this.#deps = deps;
    this.#feed = feed;
  }

  /** The index of a batch that has `total` images now; it may still be reading. */
  async get(batch: string, total: number): Promise<BatchIndex> {
    await this.catchUp();
    const usedAt = this.#deps.clock.monotonic();
    const known = this.#kept.get(batch);
    // A batch shrinks only while it is archived: no change tells of that, so all is read anew.
    const isShrunk = known !== undefined && total < known.total;
    const index = known && !isShrunk ? known.index : new BatchIndex(this.#deps, batch);
    // Put at the end: the first is the one that was not used for longest.
    this.#kept.delete(batch);
    this.#kept.set(batch, { index, usedAt, total });
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    index.grow(total);
    return index;
  }

  /** Takes over what has changed since the last time. */
  async catchUp(): Promise<void> {
    this.#catching ??= this.#catchUp().finally(() => {
      this.#catching = undefined;
    });
    return this.#catching;
  }

  async #catchUp(): Promise<void> {
    const now = this.#deps.clock.monotonic();
    for (const [batch, { usedAt }] of this.#kept) {
      if (now - usedAt > IDLE_MS) this.#kept.delete(batch);
    }
    // Read before any index is: what changes later is told again.
    this.#position = this.#kept.size === 0 ? await this.#feed.position() : (this.#position ?? 0);
    if (this.#kept.size === 0) return;
    for (let round = 0; round < ROUNDS; round += 1) {
      const changes = await this.#feed.since(this.#position, PAGE);
      this.#position = changes.position;
      for (const { index } of this.#kept.values()) await index.update(changes);
      if (!changes.hasMore) return;
    }
  }
}
