import type { Status } from '../state/import-state.ts';

/** One call to the cloud, for counting. Nothing in it names an image, a login or an address. */
export interface CloudCall {
  readonly service: 'iam' | 'ims' | 'obs' | 'ecs';
  readonly operation: string;
  /**
   * `refused`: 4xx. `throttled`: 429, or a code that says so. `unclear`: it may have been acted on.
   * `foreign`: something other than IAM or IMS answered.
   */
  readonly outcome: 'ok' | 'refused' | 'throttled' | 'error' | 'foreign' | 'not-sent' | 'unclear';
  /** Of the service, an HTTP status, or our own word. */
  readonly code: string;
  readonly seconds: number;
}

/** An import that changed its state. */
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
  /** From the end of a job, by IMS's clock, to the answer that showed it. */
  detected(seconds: number): void;
  /** When the token that is in use was issued. Milliseconds since 1970. */
  token(issuedAt: number): void;
  /** Why nothing may be created on this Redis; `undefined`: it is set up as required. */
  redisUnfit(code: string | undefined): void;
  /** An attempt to notify somebody. `dropped`: given up. */
  notified(target: string, outcome: 'delivered' | 'failed' | 'dropped'): void;
}

/** For commands that nobody scrapes. */
export const NO_METRICS: Metrics = {
  called: () => undefined,
  moved: () => undefined,
  detected: () => undefined,
  token: () => undefined,
  redisUnfit: () => undefined,
  notified: () => undefined,
};
