/** One project: what it has to import, and what its cloud is like. */
export interface Project {
  readonly images: number;
  /** Images in IMS's hands at once. IMS: 40 a tenant. */
  readonly limit: number;
  /** Half of the imports are done within this time. */
  readonly medianMs: number;
  /** Of the logarithm of their durations. */
  readonly sigma: number;
  readonly roundTripMs: number;
  /** Creates a minute, over all workers. */
  readonly rate: number;
  /** The list shows images that are being created. */
  readonly listsSaving: boolean;
}

/** What a project costs, as it was computed or simulated. */
export interface ProjectCost {
  readonly days: number;
  /** Requests to IMS for each image, creates and lists too. */
  readonly calls: number;
  /** Requests to IMS a second, on average. */
  readonly callsASecond: number;
  /** Redis commands for each image, from its registering to its outcome. */
  readonly commands: number;
}

export const DAY_MS = 86_400_000;
