import type { Counts } from '../../../shared/ledger/batch-store.ts';
import type { Reason, Status } from '../../../shared/state/import-state.ts';

/** One image of a report. All times are milliseconds since 1970 and belong to the newest attempt. */
export interface ImageRow {
  readonly key: string;
  readonly name: string;
  readonly kind: 'system' | 'data';
  readonly quick: boolean;
  readonly state: Status;
  /** Unknown, and waiting for a person. */
  readonly held: boolean;
  /** In IMS for longer than a day. */
  readonly overdue: boolean;
  readonly attempt: number;
  readonly polls: number;
  readonly registeredAt: number;
  readonly submittedAt?: number;
  readonly acceptedAt?: number;
  readonly finishedAt?: number;
  /** From registered to submitted, in milliseconds. */
  readonly waitingMs?: number;
  /** From accepted to finished; for an image that is being created, until now. */
  readonly inImsMs?: number;
  readonly jobId?: string;
  readonly imageId?: string;
  /** Of what IMS does, 0 to 1. */
  readonly progress?: number;
  readonly error?: Reason;
}

/** Median and 95th percentile (nearest rank) over `count` images, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

/** Failed or unknown images with one error code. */
export interface FailureGroup {
  readonly state: 'failed' | 'unknown';
  /** Unknown, and waiting for a person. */
  readonly held: boolean;
  readonly code: string;
  /** That of the first image. */
  readonly message: string;
  readonly advice: string;
  readonly count: number;
  readonly names: readonly string[];
}

/** One interval: what ended in it, and the most images that IMS had in it at once. */
export interface Bucket {
  readonly succeeded: number;
  readonly failed: number;
  readonly inFlight: number;
}

export interface Series {
  readonly from: number;
  readonly intervalMs: number;
  /** At most 120. */
  readonly buckets: readonly Bucket[];
}

/** `troubled`: finished, and not all succeeded. `unfinished`: some image has no outcome yet. */
export type Outcome = 'succeeded' | 'troubled' | 'unfinished';

/** Everything a renderer needs; it reads nothing else. */
export interface BatchReport {
  readonly batch: string;
  readonly generatedAt: number;
  readonly outcome: Outcome;
  readonly isPaused: boolean;
  readonly counts: Counts;
  readonly total: number;
  /** When the batch was registered first. */
  readonly beganAt: number;
  /** When the last image got its outcome; absent while one has none. */
  readonly endedAt?: number;
  /** From the beginning to the end, or until now. */
  readonly durationMs: number;
  /** Images that succeeded an hour; absent when there is nothing to count. */
  readonly perHour?: number;
  readonly waiting?: Spread;
  readonly inIms?: Spread;
  /** Those that IMS took longest for, at most ten. */
  readonly slowest: readonly ImageRow[];
  readonly failures: readonly FailureGroup[];
  readonly series: Series;
  /** In the manifest's order. */
  readonly images: readonly ImageRow[];
}
