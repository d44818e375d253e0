import type { Forecast, Learned } from './forecast.ts';
import type { Traits } from './traits.ts';

/** An import that holds a place. All times in milliseconds, by the wall clock. */
export interface FlyingImport extends Traits {
  readonly batches: readonly string[];
  readonly startedAt: number;
  /** How long it takes in all according to its own progress, where that is reported. */
  readonly predicted?: Forecast;
  /** How long it had run when it was last polled and showed no progress worth the name. */
  readonly silentMs?: number;
  /** Nobody can say whether IMS is at work on it: how long it takes says nothing about others. */
  readonly isUnclear?: boolean;
  /** Always the same for the same import. */
  readonly seed: number;
}

/** The latest outcomes that are looked at. */
export const MAX_ENDED = 200;

/** An import that succeeded or failed lately. */
export interface EndedImport extends Traits {
  readonly startedAt: number;
  readonly tookMs: number;
  readonly isFailed: boolean;
}

/** Images of a batch that wait for a place, with a sample of them. */
export interface WaitingImages {
  readonly batch: string;
  readonly count: number;
  readonly sample: readonly Traits[];
  /** Batches earlier in the queue that have some of its images as well; `count` is without these. */
  readonly alsoIn: readonly string[];
}

/** All that the time left is computed from. */
export interface ProjectFacts {
  readonly now: number;
  /** How many images may be in flight. */
  readonly limit: number;
  /** Creates a minute; 0 = unlimited. */
  readonly submitRate: number;
  readonly learned: ReadonlyMap<string, Learned>;
  /** A sample where there are very many; `places` is how many there are. */
  readonly inFlight: readonly FlyingImport[];
  readonly places: number;
  readonly ended: readonly EndedImport[];
  /** In the order of the queue. */
  readonly queue: readonly WaitingImages[];
  /** Times in which no worker was there to notice an end, the oldest first. */
  readonly outages: readonly Outage[];
}

export interface Outage {
  readonly from: number;
  readonly to: number;
}
