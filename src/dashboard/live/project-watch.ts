import { type LiveDeps, type Overview, OverviewReader } from '../../producer/live/overview.ts';
import type { ChangeFeed } from '../../shared/ledger/change-feed.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';

export interface OldUnknown {
  readonly entry: LedgerEntry;
  /** Milliseconds since 1970, by the fleet's clock. */
  readonly since: number;
}

/** The whole project at one moment. */
export interface Snapshot extends Overview {
  /** By the fleet's clock. */
  readonly at: number;
  /** The image that is unknown for longest. */
  readonly oldestUnknown?: OldUnknown;
  /** Since when the oldest unknown image of a batch is so. */
  readonly unknownSince: ReadonlyMap<string, number>;
  /** Images that may be in flight at once; absent while no worker has said it. */
  readonly limit?: number;
  /** Workers that were heard of lately. */
  readonly workers: number;
  /** Longest time measured until the list of IMS showed an accepted image. */
  readonly listingLagMs: number;
}

export interface WatchDeps extends LiveDeps {
  readonly feed: ChangeFeed;
}

/** However many look on: Redis is asked once in this time. */
const FRESH_MS = 1000;
/** Of so many batches with something unknown, the latest, it is told since when. */
const MOST_DOUBTFUL = 50;

/** Reads the project for all who look on, with a bounded number of commands a second. */
export class ProjectWatch {
  readonly #deps: WatchDeps;
  readonly #reader: OverviewReader;
  #last: { readonly snapshot: Snapshot; readonly readAt: number } | undefined;
  #reading: Promise<Snapshot> | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#reader = new OverviewReader(deps);
  }

  /** At most a second old; `anew`: after something was changed here. */
  async snapshot(anew = false): Promise<Snapshot> {
    const now = this.#deps.clock.monotonic();
    if (!anew && this.#last && now - this.#last.readAt < FRESH_MS) return this.#last.snapshot;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Snapshot> {
    const { clock, feed, project } = this.#deps;
    const overview = this.#last ? await this.#reader.read() : await this.#reader.readAll();
    const oldest = await this.#oldestUnknown();
    const doubtful = overview.batches.filter(({ summary }) => summary.counts.unknown > 0);
    const names = doubtful.slice(-MOST_DOUBTFUL).map(({ summary }) => summary.batch);
    const unknownSince = await feed.unknownSince(names);
    const at = clock.now();
    const fleet = await project.fleet(at);
    const { largestMs } = await project.listingLag();
    const snapshot: Snapshot = {
      ...overview,
      ...fleet,
      ...(oldest === undefined ? {} : { oldestUnknown: oldest }),
      unknownSince,
      listingLagMs: largestMs,
      at,
    };
    this.#last = { snapshot, readAt: clock.monotonic() };
    return snapshot;
  }

  async #oldestUnknown(): Promise<OldUnknown | undefined> {
    const { feed, ledger } = this.#deps;
    const [oldest] = await feed.oldestUnknown(1);
    const entry = oldest && (await ledger.read(oldest.key));
    return entry && { entry, since: oldest.since };
  }
}
