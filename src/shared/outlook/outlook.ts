/** When a batch, or the whole project, will be done. Times are wall-clock milliseconds since 1970. */
export type DoneTime =
  | { readonly kind: 'done' }
  /** Nothing is learned yet: no number is better than a wrong one. */
  | { readonly kind: 'unknown' }
  /** Stopped, frozen, paused, or no worker runs: it will not be done before somebody or something acts. */
  | { readonly kind: 'stands' }
  | { readonly kind: 'about'; readonly at: number; readonly plusMinusMs: number };

export interface Outlook {
  /** Images that get their outcome per minute, over the last half hour at most; absent: not known yet. */
  readonly perMinute?: number;
  readonly done: DoneTime;
}

/** Why a project or a batch is slow, or stands. In this order on every surface. */
export type Obstacle = {
  /** For `status --json`, logs and tests; words are for people. */
  readonly code: string;
  /** One short sentence: what is the matter. */
  readonly text: string;
  /** What to do, or how it ends by itself. */
  readonly next?: string;
  /** Wall clock. */
  readonly since?: number;
  /** When it ends by itself, by the wall clock. */
  readonly until?: number;
  /** The image that caused it. */
  readonly image?: { readonly batch?: string; readonly name: string; readonly key: string };
  /** Of one batch only; absent: of the whole project. */
  readonly batch?: string;
} & (
  | {
      /** No create leaves until a person runs `ims-ferry resume`, or the cloud has room again. */
      readonly kind: 'stopped';
      readonly resumes: 'by-itself' | 'by-hand';
    }
  /** No create leaves until Redis is known to be complete, or fit. */
  | { readonly kind: 'frozen' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'no-worker' }
  /** Only copies to one other cloud wait. */
  | { readonly kind: 'cloud-away' }
  /** The cloud, or something before it, limits the rate. */
  | { readonly kind: 'throttled'; readonly calls: 'submit' | 'read'; readonly perSecond?: number }
);

export interface ProjectOutlook {
  readonly project: Outlook;
  readonly batches: ReadonlyMap<string, Outlook>;
  readonly obstacles: readonly Obstacle[];
  readonly inFlight: number;
  /** How many the workers may have in flight; absent while no worker has reported it. */
  readonly limit?: number;
}

/** One interval of the project's history. */
export interface HistoryPoint {
  /** Begin of the interval, wall clock. */
  readonly from: number;
  readonly spanMs: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The most that IMS had at once. */
  readonly inFlight: number;
  readonly limit?: number;
  /** Answers 429. */
  readonly throttled: number;
}
