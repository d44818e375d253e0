import type { Status } from '../state/import-state.ts';

/** One call to the cloud, as it is counted. Nothing in it names an image, a login or an address. */
export interface CloudCall {
  readonly service: 'iam' | 'ims' | 'obs';
  readonly operation: string;
  /**
   * `refused`: 4xx. `throttled`: 429, or a code that says so. `unclear`: it may have been acted on.
   * `foreign`: something else than IAM or IMS has answered.
   */
  readonly outcome: 'ok' | 'refused' | 'throttled' | 'error' | 'foreign' | 'not-sent' | 'unclear';
  /** Of the service, an HTTP status, or our own word. */
  readonly code: string;
  readonly seconds: number;
}

/** An import that is in another state than before. */
export interface Moved {
  readonly from: Status;
  readonly to: Status | 'held';
  /** Why it failed or is unknown. */
  readonly code?: string;
  /** From IMS's acceptance to the outcome. */
  readonly importSeconds?: number;
}

/** What a process measures of its own work. */
export interface Metrics {
  called(call: CloudCall): void;
  moved(moved: Moved): void;
  /** From the end that IMS gives for its job to the answer that told it. */
  detected(seconds: number): void;
  /** When the token that is in use was issued. Milliseconds since 1970. */
  token(issuedAt: number): void;
  /** Why nothing may be created on this Redis; `undefined`: it is as it has to be. */
  redisUnfit(code: string | undefined): void;
}

/** For commands that nobody scrapes. */
export const NO_METRICS: Metrics = {
  called: () => undefined,
  moved: () => undefined,
  detected: () => undefined,
  token: () => undefined,
  redisUnfit: () => undefined,
};
