/** Why something is as it is: the service's code and message, and what to do next. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  readonly requestId?: string;
}

/** A field in which an image is not what was requested. */
export interface Difference {
  /** Its name in the manifest. */
  readonly field: string;
  readonly wanted: string;
  readonly is: string;
}

/** What a policy has sent again within this attempt. A person's decision starts a new count. */
export interface Resent {
  readonly times: number;
  /** The code of IMS' last answer, where its meaning is not documented. */
  readonly code?: string;
}

/**
 * The state of one import, with only the fields that make sense in it. All times are milliseconds since
 * 1970 by the fleet's clock.
 */
export type ImportState =
  | {
      readonly status: 'pending';
      readonly lastReason?: Reason;
      /** An earlier create may still show up: when it was last looked up in vain. */
      readonly lookedAt?: number;
      readonly resent?: Resent;
      /** Images that a person wants this attempt to replace, each only if it is really gone. */
      readonly replaces?: readonly string[];
      /** How often, and when first and last, list and image reads agreed that all of them are gone. */
      readonly gone?: { readonly looks: number; readonly since: number; readonly at: number };
    }
  | {
      readonly status: 'submitting';
      /** Nothing may be sent for this intent after this moment. */
      readonly sendBy: number;
      /** The one process that may send. */
      readonly sender: string;
      readonly lookedAt?: number;
      readonly resent?: Resent;
    }
  | {
      readonly status: 'creating';
      readonly since: number;
      /** Absent for an image that was found without an answer of IMS. */
      readonly jobId?: string;
      readonly imageId?: string;
      readonly otherImageIds?: readonly string[];
      /** 0 to 1. */
      readonly progress?: number;
      /** When it was polled last. */
      readonly polledAt?: number;
      /** When a poll first reported this progress. */
      readonly movedAt?: number;
      /** When IMS first reported SUCCESS although no image was there. */
      readonly successAt?: number;
      /** Consecutive reads that did not know the IMS job (or the image that is followed). */
      readonly lostReads?: number;
      /** Consecutive reads of its IMS job whose answer did not come from IMS, or was an error. */
      readonly foreignReads?: number;
      /** Running for longer than a day: flagged, still followed. */
      readonly overdue?: boolean;
      /** Whether the list showed it during the creation; absent: the list was not read. */
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
      /** IMS has answered with the code of the reason; else no answer of IMS has come, or a 5xx. */
      readonly isCoded?: boolean;
      readonly imageIds?: readonly string[];
    }
  | {
      readonly status: 'succeeded';
      readonly imageId: string;
      readonly jobId?: string;
      readonly otherImageIds?: readonly string[];
      /** The image existed already and was adopted, not created by this attempt. */
      readonly adopted?: boolean;
      /** How IMS describes the image other than it was requested. */
      readonly differences?: readonly Difference[];
    }
  | {
      readonly status: 'failed';
      readonly reason: Reason;
      readonly jobId?: string;
      readonly imageId?: string;
    }
  | { readonly status: 'cancelled' };

export type Status = ImportState['status'];

/** The part of a ledger entry that the protocol decides on. */
export interface Progress {
  /** Counts intents; every answer names the one it belongs to. */
  readonly epoch: number;
  /** For people: 1, and one more for each retry. */
  readonly attempt: number;
  /** Makes the ids of queue jobs new when one has to be enqueued again. */
  readonly queued: number;
  /** IMS jobs of older intents that turned out to exist: evidence of a double. */
  readonly lateJobIds: readonly string[];
  /** Images of older intents that were found when a newer one was already under way. */
  readonly lateImageIds: readonly string[];
  /**
   * Images that were ever known to be this import's: found, named by its IMS job, seen in a list. While
   * one of them is not proven gone, no intent is written.
   */
  readonly seenImageIds: readonly string[];
  readonly state: ImportState;
}

/** Names one stay in a state: two reads with the same version saw the same thing. */
export function stateVersion({ epoch, attempt, state }: Progress): string {
  const since = 'since' in state ? [state.since] : [];
  const sendBy = state.status === 'unknown' ? [state.sendBy] : [];
  return [state.status, epoch, attempt, ...since, ...sendBy].join(':');
}

/** An image of ours as a look-up found it. */
export interface FoundImage {
  readonly id: string;
  /** queued, saving or active. */
  readonly status: string;
  readonly differences?: readonly Difference[];
  /** It is not as requested, and that is no success: a poll decides, even where it is active. */
  readonly isUnfit?: boolean;
}

/** An answer to a create names the intent it belongs to. */
interface Answer {
  readonly epoch: number;
  readonly at: number;
}

/** What was concluded from a read names the version that was read: it never applies to a newer one. */
interface Concluded {
  readonly of: string;
}

/** What can happen to an import. `at` is the fleet's time. */
export type ImportEvent =
  /** The admission script wrote the intent. */
  | { readonly type: 'admitted'; readonly sendBy: number; readonly sender: string }
  | (Answer & {
      readonly type: 'accepted';
      readonly jobId: string;
      /** By the wall clock, for people; absent: as `at`. */
      readonly acceptedAt?: number;
      /** An image that was seen for it and belongs to another import. */
      readonly takenImageId?: string;
    })
  | (Answer & { readonly type: 'not-sent' | 'refused'; readonly reason: Reason })
  | (Answer & {
      readonly type: 'unclear';
      readonly reason: Reason;
      /** The code is IMS' own. */
      readonly isCoded?: boolean;
      /** The same code came before, and nothing was found in between: a person has to decide. */
      readonly hold?: boolean;
    })
  | (Concluded & { readonly type: 'found'; readonly image: FoundImage; readonly at: number })
  | (Concluded & {
      readonly type: 'found-many';
      readonly imageIds: readonly string[];
      readonly at: number;
    })
  /** A complete look-up, begun at `at`, found nothing. */
  | (Concluded & {
      readonly type: 'not-found';
      readonly verdict: 'look-again' | 'resubmit' | 'hold';
      readonly at: number;
      /** Why it is held, where that is more than why it became unknown. */
      readonly reason?: Reason;
    })
  /** Only a person can decide whose an image is, or whether it still exists. */
  | (Concluded & {
      readonly type: 'disputed';
      readonly reason: Reason;
      readonly imageIds: readonly string[];
      /** They carry its marker: whose they are is not the question. */
      readonly areOurs: boolean;
      readonly at: number;
    })
  /** A list showed these images with our marker, whatever the import is doing. */
  | { readonly type: 'seen'; readonly imageIds: readonly string[] }
  /** List and image reads agreed that all images to be replaced are gone; `isProven`: often enough. */
  | (Concluded & { readonly type: 'gone'; readonly isProven: boolean; readonly at: number })
  | (Concluded & {
      readonly type: 'polled';
      readonly at: number;
      readonly progress?: number;
      readonly imageId?: string;
      readonly otherImageIds?: readonly string[];
      readonly successAt?: number;
      readonly overdue: boolean;
      readonly lost: boolean;
      /** The answer did not come from IMS. */
      readonly foreign?: boolean;
    })
  /** The list was searched for an image that is being created. */
  | (Concluded & { readonly type: 'probed'; readonly listed: boolean })
  | (Concluded & {
      readonly type: 'succeeded';
      readonly imageId: string;
      readonly otherImageIds: readonly string[];
      readonly differences?: readonly Difference[];
    })
  | (Concluded & { readonly type: 'failed'; readonly reason: Reason; readonly imageId?: string })
  /** IMS does not know the job any more, or contradicts itself. */
  | (Concluded & {
      readonly type: 'lost';
      readonly reason: Reason;
      readonly at: number;
      readonly hold: boolean;
      /** An image that was believed to be its own and belongs to another import. */
      readonly disowned?: string;
    })
  /** A person decides about an unknown import. `at`: when the image list was last searched in vain. */
  | (Concluded & {
      readonly type: 'resolved';
      readonly verdict: 'resubmit' | 'fail';
      readonly reason: Reason;
      readonly at: number;
    })
  /** Its image was brought to what the manifest says: the state stays. */
  | (Concluded & { readonly type: 'updated'; readonly fields: readonly string[] })
  /** A copy cannot be made: the import whose image it copies failed or was cancelled. */
  | (Concluded & { readonly type: 'source-ended'; readonly reason: Reason })
  /** It cannot be sent at the moment; absent: what it waited for is there. */
  | (Concluded & { readonly type: 'put-off'; readonly reason?: Reason })
  | { readonly type: 'cancel' }
  | { readonly type: 'retry' | 'recreate'; readonly at: number };
