/** A manifest to submit; `docs/manifests.md` lists its fields. */
export type ManifestSource =
  /** The path of a YAML or JSON file. */
  | { readonly file: string }
  /** Its text, and the name of the file for messages. */
  | { readonly text: string; readonly fileName: string }
  /** Its content. */
  | { readonly manifest: ManifestContent };

export interface ManifestContent {
  /** The name of the batch. */
  readonly name: string;
  readonly images: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

export interface SubmitOptions {
  /** Starts a new attempt for images that failed or were cancelled. @default false */
  readonly retryFailed?: boolean;
  /** Starts a new attempt for images that succeeded, if their image is gone. @default false */
  readonly recreate?: boolean;
  /**
   * Brings images that exist to what the manifest says, as `ims-ferry submit --update`. It needs a login in the
   * settings. @default false
   */
  readonly update?: boolean;
  /** Rejects with its reason. What is registered by then stays; submit again to continue. */
  readonly signal?: AbortSignal;
}

export interface SubmitReceipt {
  readonly batch: string;
  /** Images of the manifest; all of them are registered. */
  readonly total: number;
  /** Of these: waiting for a worker now. Others were submitted before and stay as they are. */
  readonly enqueued: number;
  /** What a person should know: fields that were corrected, images that differ from an earlier manifest. */
  readonly warnings: readonly string[];
  /** With `update`: what became of the images that exist. */
  readonly update?: UpdateReceipt;
}

/** An image that exists. */
interface ExistingImage {
  /** The import key. */
  readonly key: string;
  readonly name: string;
  readonly image_id: string;
}

/** The same data as `update` of `ims-ferry submit --update --json`. */
export interface UpdateReceipt {
  readonly updated: readonly (ExistingImage & {
    /** `null`: it had none, or is to have none. */
    readonly changes: readonly {
      readonly field: string;
      readonly is: string | number | null;
      readonly wanted: string | number | null;
    }[];
    /** Tags of other tools or people: they stay. */
    readonly other_tags: readonly string[];
  })[];
  readonly not_updated: readonly (ExistingImage & {
    readonly code: string;
    readonly message: string;
    readonly advice: string | null;
  })[];
  /** Fields that only a new import changes. */
  readonly cannot_change: readonly (ExistingImage & { readonly fields: readonly string[] })[];
  readonly unchanged: number;
  /** Images that were not reached, because of `ended`: submit again to continue. */
  readonly not_reached: number;
  readonly ended: { readonly code: string; readonly message: string } | null;
}

/** Images in each state; those that are held are counted as unknown, too. */
export interface BatchCounts {
  readonly pending: number;
  readonly submitting: number;
  readonly creating: number;
  readonly unknown: number;
  readonly held: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Why no image is created at the moment. */
export interface StopReason {
  readonly code: string;
  readonly message: string;
  /** What to do next. */
  readonly advice?: string;
}

/** Why the project or a batch is slow, or does not advance. */
export interface BatchObstacle {
  /** `stopped`, `frozen`, `paused`, `no-worker`, `cloud-away` or `throttled`. */
  readonly kind: string;
  readonly code: string;
  readonly text: string;
  /** What to do, or how it ends by itself. */
  readonly next: string | null;
  /** ISO 8601, in UTC. */
  readonly since: string | null;
  readonly until: string | null;
}

export interface BatchImage {
  /** The import key: 43 characters that identify the import. */
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  /** A name of `BatchCounts`, except `held`. */
  readonly state: string;
  /** Unknown, and waiting for a person. */
  readonly held: boolean;
  readonly attempt: number;
  readonly job_id: string | null;
  readonly image_id: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** ISO 8601, in UTC. */
  readonly submitted_at: string | null;
  readonly finished_at: string | null;
  readonly polls: number;
  /** How far it is shared with the `members` of its manifest; `null`: with nobody, or it is not there yet. */
  readonly sharing: ImageSharing | null;
  /** Fields in which the image is not as requested. */
  readonly differences: readonly FieldDifference[];
  /** When `prune` deleted its image. */
  readonly pruned_at: string | null;
}

export interface ImageSharing {
  /** `open`, `done` or `failed`; `none`: submit the manifest again to share it. */
  readonly state: string;
  /** Projects that have accepted it, and all that are named. */
  readonly shared: number;
  readonly total: number;
  readonly members: readonly {
    readonly project: string;
    /** `adding`, `pending` (has not accepted), `accepted`, `rejected` or `failed`. */
    readonly status: string;
    readonly code: string | null;
    readonly message: string | null;
  }[];
  /** What went wrong last. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly text: string;
}

export interface FieldDifference {
  /** Its name in the manifest. */
  readonly field: string;
  readonly wanted: string;
  readonly is: string;
}

/** The same data as `ims-ferry status BATCH --json`. */
export interface BatchStatus {
  readonly batch: string;
  readonly counts: BatchCounts;
  readonly stopped: StopReason | null;
  /** Images that the ledger has lost: submit the manifest again. */
  readonly missing: number;
  /** Images that get their outcome per minute; `null`: not known yet. */
  readonly rate: number | null;
  /** When the batch is done, ISO 8601; `null`: not known yet, or it does not advance. */
  readonly done_at: string | null;
  /** How far off that may be, in seconds. */
  readonly plus_minus_s: number | null;
  /** The gravest first. */
  readonly obstacles: readonly BatchObstacle[];
  /** Images of the whole project in IMS, and how many there may be. */
  readonly in_flight: number;
  readonly limit: number | null;
  readonly images: readonly BatchImage[];
  /** Images with `members`: still being shared, shared, and those that some project does not get. */
  readonly sharing: { readonly open: number; readonly done: number; readonly failed: number };
  /** Images that are not as requested. */
  readonly differing: number;
  /** Whom its manifest names in `notify:`. */
  readonly notify: string | null;
  /** The rules of its `retention:`. */
  readonly retention: readonly { readonly family: string; readonly keep_last: number }[];
}

export interface BatchProgress {
  readonly batch: string;
  readonly total: number;
  readonly counts: BatchCounts;
  readonly stopped: StopReason | null;
  readonly missing: number;
  readonly paused: boolean;
  /** Every image has its outcome: succeeded, failed, cancelled or held. */
  readonly finished: boolean;
}

export interface WatchOptions {
  /** How often to look, in milliseconds. @default 1000 */
  readonly intervalMs?: number;
  /** Rejects with its reason; the import continues. */
  readonly signal?: AbortSignal;
}
