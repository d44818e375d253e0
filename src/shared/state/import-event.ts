import type { Reason } from './import-state.ts';

/** An image of ours as a look-up found it. */
export interface FoundImage {
  readonly id: string;
  /** queued, saving or active. */
  readonly status: string;
}

/** What can happen to an import. `at` is the fleet's time; answers name the epoch they belong to. */
export type ImportEvent =
  /** The admission script wrote the intent. */
  | { readonly type: 'admitted'; readonly sendBy: number; readonly sender: string }
  | {
      readonly type: 'accepted';
      readonly epoch: number;
      readonly jobId: string;
      readonly at: number;
    }
  | { readonly type: 'not-sent'; readonly epoch: number; readonly reason: Reason }
  | { readonly type: 'refused'; readonly epoch: number; readonly reason: Reason }
  | {
      readonly type: 'unclear';
      readonly epoch: number;
      readonly reason: Reason;
      readonly at: number;
    }
  | { readonly type: 'found'; readonly image: FoundImage; readonly at: number }
  | { readonly type: 'found-many'; readonly imageIds: readonly string[]; readonly at: number }
  /** A complete look-up found nothing. */
  | { readonly type: 'not-found'; readonly verdict: 'look-again' | 'resubmit' | 'hold' }
  | {
      readonly type: 'polled';
      readonly progress?: number;
      readonly imageId?: string;
      readonly otherImageIds?: readonly string[];
      readonly successAt?: number;
      readonly overdue: boolean;
      readonly lost: boolean;
    }
  | { readonly type: 'seen-listed' }
  | {
      readonly type: 'succeeded';
      readonly imageId: string;
      readonly otherImageIds: readonly string[];
    }
  | { readonly type: 'failed'; readonly reason: Reason; readonly imageId?: string }
  /** IMS does not know the job any more, or contradicts itself. */
  | { readonly type: 'lost'; readonly reason: Reason; readonly at: number; readonly hold: boolean }
  | { readonly type: 'cancel' }
  | { readonly type: 'retry' }
  | { readonly type: 'recreate' };
