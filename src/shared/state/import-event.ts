import type { Reason } from './import-state.ts';

/** An image of ours as a look-up found it. */
export interface FoundImage {
  readonly id: string;
  /** queued, saving or active. */
  readonly status: string;
}

/**
 * What can happen to an import. `at` is the fleet's time. Answers name the epoch they belong to;
 * what was concluded from a read names the `incarnation` that was read (`of`), so that a verdict that
 * comes late never applies to something newer.
 */
export type ImportEvent =
  /** The admission script wrote the intent. */
  | { readonly type: 'admitted'; readonly sendBy: number; readonly sender: string }
  | (Answer & {
      readonly type: 'accepted';
      readonly jobId: string;
      /** By the wall clock, for people; absent: as `at`. */
      readonly acceptedAt?: number;
    })
  | (Answer & { readonly type: 'not-sent' | 'refused'; readonly reason: Reason })
  | (Answer & {
      readonly type: 'unclear';
      readonly reason: Reason;
      /** The code is IMS's own. */
      readonly isCoded?: boolean;
      /** The same code came before, and nothing was found in between: a person has to look. */
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
  /** Whose an image is, or whether it is still there, only a person can say. */
  | (Concluded & {
      readonly type: 'disputed';
      readonly reason: Reason;
      readonly imageIds: readonly string[];
      /** They carry its marker: whose they are is not the question. */
      readonly areOurs: boolean;
      readonly at: number;
    })
  /** A list showed these with our marker, whatever the import is doing. */
  | { readonly type: 'sighted'; readonly imageIds: readonly string[] }
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
    })
  /** The list was asked for an image that is being created. */
  | (Concluded & { readonly type: 'probed'; readonly listed: boolean })
  | (Concluded & {
      readonly type: 'succeeded';
      readonly imageId: string;
      readonly otherImageIds: readonly string[];
    })
  | (Concluded & { readonly type: 'failed'; readonly reason: Reason; readonly imageId?: string })
  /** IMS does not know the job any more, or contradicts itself. */
  | (Concluded & {
      readonly type: 'lost';
      readonly reason: Reason;
      readonly at: number;
      readonly hold: boolean;
      /** An image that was taken for its own, and is another import's. */
      readonly disowned?: string;
    })
  /** A person settles what is unknown. `at`: when the image list was last asked in vain. */
  | (Concluded & {
      readonly type: 'resolved';
      readonly verdict: 'resubmit' | 'fail';
      readonly reason: Reason;
      readonly at: number;
    })
  | { readonly type: 'cancel' }
  | { readonly type: 'retry'; readonly at: number }
  | { readonly type: 'recreate'; readonly at: number };

interface Answer {
  readonly epoch: number;
  readonly at: number;
}

interface Concluded {
  readonly of: string;
}
