/** How long images took from acceptance until the list showed them. */
export interface ListingLag {
  readonly samples: number;
  readonly largestMs: number;
}

/** A sign of life of a worker. Milliseconds since 1970, by the wall clock. */
export interface Beat {
  readonly now: number;
  readonly until: number;
  readonly maxInFlight: number;
}

/** The workers as a whole. */
export interface Fleet {
  readonly workers: number;
  readonly limit?: number;
}
