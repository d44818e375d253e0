import { type Overview, OverviewReader } from '../../producer/live/overview.ts';
import { readHistory } from '../../producer/live/read-outlook.ts';
import type { StatusDeps } from '../../producer/status-deps.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { HistoryPoint } from '../../shared/outlook/outlook.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';

interface OldUnknown {
  readonly entry: LedgerEntry;
  /** Milliseconds since 1970, by the fleet's clock. */
  readonly since: number;
}

/** The whole project at one moment. */
export interface Snapshot extends Overview {
  /** By the fleet's clock. */
  readonly at: number;
  /** The oldest first. */
  readonly history: readonly HistoryPoint[];
  /** The image that has been unknown longest. */
  readonly oldestUnknown?: OldUnknown;
  /** By batch: since when its oldest unknown image is unknown. */
  readonly unknownSince: ReadonlyMap<string, number>;
  /** Images that may be in flight at once; absent until a worker has reported it. */
  readonly limit?: number;
  /** Workers that have reported lately. */
  readonly workers: number;
  /** Longest time measured until the list of IMS showed an accepted image. */
  readonly listingLagMs: number;
}

/** Redis is read at most once in this time, for any number of viewers. */
const FRESH_MS = 1000;
/** For this many batches with unknown images, the latest, the age of the oldest is read. */
const MAX_AGED_BATCHES = 50;

/** Reads the project for all viewers, with a bounded number of commands a second. */
export class ProjectWatch {
  readonly #deps: StatusDeps;
  readonly #reader: OverviewReader;
  #last: { readonly snapshot: Snapshot; readonly readAt: number } | undefined;
  #reading: Promise<Snapshot> | undefined;

  constructor(deps: StatusDeps) {
    this.#deps = deps;
    this.#reader = new OverviewReader(deps);
  }

  /** At most a second old. `isChanged`: something was just changed here, so read again. */
  async snapshot(isChanged = false): Promise<Snapshot> {
    const now = this.#deps.clock.monotonic();
    if (!isChanged && this.#last && now - this.#last.readAt < FRESH_MS) return this.#last.snapshot;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Snapshot> {
    const { clock, ledger, project } = this.#deps;
    const overview = this.#last ? await this.#reader.read() : await this.#reader.readAll();
    const oldestUnknown = await this.#oldestUnknown();
    const names = overview.batches
      .filter(({ counts }) => counts.unknown > 0)
      .map(({ batch }) => batch)
      .slice(-MAX_AGED_BATCHES);
    const unknownSince = await ledger.changes.unknownSince(names);
    const at = clock.now();
    const fleet = await project.fleet(at);
    const { largestMs: listingLagMs } = await project.listingLag();
    const history = await readHistory(this.#deps);
    const facts = { oldestUnknown, unknownSince, listingLagMs, at, history };
    const snapshot: Snapshot = omitUndefined({ ...overview, ...fleet, ...facts });
    this.#last = { snapshot, readAt: clock.monotonic() };
    return snapshot;
  }

  async #oldestUnknown(): Promise<OldUnknown | undefined> {
    const { ledger } = this.#deps;
    const [oldest] = await ledger.changes.oldestUnknown(1);
    const entry = oldest && (await ledger.read(oldest.key));
    return entry && { entry, since: oldest.since };
  }
}
