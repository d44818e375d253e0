/** Why something is as it is: the service's code and words, and what to do next. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  readonly requestId?: string;
}

/** What a policy has sent again within this attempt. A person who decides begins another count. */
export interface Resent {
  readonly times: number;
  /** The code by which IMS answered the last one, where nobody knows what it means. */
  readonly code?: string;
}

/**
 * Where one import stands. Only the fields that make sense in a state can be written in it.
 * All times are milliseconds since 1970 by the fleet's clock.
 */
export type ImportState =
  | {
      readonly status: 'pending';
      readonly lastReason?: Reason;
      /** An earlier create may still show up: when it was last looked for in vain. */
      readonly lookedAt?: number;
      readonly resent?: Resent;
      /** Images that this attempt shall replace, each if it is really gone: a person asked for that. */
      readonly replaces?: readonly string[];
      /** How often, and when first and last, list and image reads agreed that all of them are gone. */
      readonly gone?: { readonly looks: number; readonly since: number; readonly at: number };
    }
  | {
      readonly status: 'submitting';
      /** Nothing may be sent for this intent after this moment. */
      readonly sendBy: number;
      /** Names the one process that may send. */
      readonly sender: string;
      readonly lookedAt?: number;
      readonly resent?: Resent;
    }
  | {
      readonly status: 'creating';
      readonly since: number;
      /** Absent for an image that was found, not answered for. */
      readonly jobId?: string;
      readonly imageId?: string;
      readonly otherImageIds?: readonly string[];
      /** 0 to 1. */
      readonly progress?: number;
      /** When it was polled last. */
      readonly polledAt?: number;
      /** When a poll first told this progress. */
      readonly movedAt?: number;
      /** When IMS first said SUCCESS although no image was there. */
      readonly successAt?: number;
      /** Reads in a row that did not know the IMS job (or the image that is followed). */
      readonly lostReads?: number;
      /** Reads of its IMS job in a row whose answer said nothing of it: of something else than IMS, or an error. */
      readonly foreignReads?: number;
      /** Running for longer than a day: flagged, still followed. */
      readonly overdue?: boolean;
      /** What the list said when it was asked during the creation; absent: it was not asked. */
      readonly listed?: boolean;
      /** The image was found: `since` is not when IMS accepted it. */
      readonly adopted?: boolean;
    }
  | {
      readonly status: 'unknown';
      readonly since: number;
      /** The window counts from here. */
      readonly sendBy: number;
      readonly reason: Reason;
      /** True: waits for a person, and holds no place among the images in flight. */
      readonly held: boolean;
      readonly jobId?: string;
      readonly lookUps: number;
      readonly resent?: Resent;
      /** IMS has answered with the code of the reason; else nothing of IMS has come, or a 5xx. */
      readonly isCoded?: boolean;
      readonly imageIds?: readonly string[];
    }
  | {
      readonly status: 'succeeded';
      readonly imageId: string;
      readonly jobId?: string;
      readonly otherImageIds?: readonly string[];
      /** The image was there already and was taken over, not created by this attempt. */
      readonly adopted?: boolean;
    }
  | {
      readonly status: 'failed';
      readonly reason: Reason;
      readonly jobId?: string;
      readonly imageId?: string;
    }
  | { readonly status: 'cancelled' };

export type Status = ImportState['status'];

export const STATUSES = [
  'pending',
  'submitting',
  'creating',
  'unknown',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly Status[];

/** The part of a ledger entry that the protocol decides on. */
export interface Progress {
  /** Counts intents; every answer names the one it belongs to. */
  readonly epoch: number;
  /** For people: 1, and one more for each retry. */
  readonly attempt: number;
  /** Makes the ids of queue jobs new when one has to be enqueued again. */
  readonly queued: number;
  /** IMS jobs of older intents that turned out to exist: evidence of a double. */
  readonly strayJobIds: readonly string[];
  /** Images of older intents that were found when a newer one was under way already. */
  readonly strayImageIds: readonly string[];
  /**
   * Images that were ever known to be this import's: found, told by its IMS job, seen in a list. What
   * was seen once is evidence: while one of them is not proven gone, no intent is written.
   */
  readonly seenImageIds: readonly string[];
  readonly state: ImportState;
}

/** True once nothing more will happen by itself. */
export function isSettled(state: ImportState): boolean {
  switch (state.status) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return true;
    case 'unknown':
      return state.held;
    case 'pending':
    case 'submitting':
    case 'creating':
      return false;
  }
}

/** True while IMS may be working on it: it holds a place among the images in flight. */
export function isInFlight(state: ImportState): boolean {
  switch (state.status) {
    case 'submitting':
    case 'creating':
      return true;
    case 'unknown':
      return !state.held;
    case 'pending':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return false;
  }
}

/** Names this stay in this state: two reads with the same name saw the same thing. */
export function incarnation({ epoch, attempt, state }: Progress): string {
  const name = [state.status, epoch, attempt];
  switch (state.status) {
    case 'creating':
      return [...name, state.since].join(':');
    case 'unknown':
      return [...name, state.since, state.sendBy].join(':');
    case 'pending':
    case 'submitting':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return name.join(':');
  }
}
