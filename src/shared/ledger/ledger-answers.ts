import type { ImageRequest } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** What became of a change. `ignored`: the event does not apply to what the ledger holds. */
export type ChangeAnswer =
  | {
      readonly kind: 'changed';
      readonly before: LedgerEntry;
      readonly entry: LedgerEntry;
      /** Batches whose last image got its outcome by this change. */
      readonly finished: readonly string[];
    }
  | { readonly kind: 'ignored'; readonly entry: LedgerEntry | undefined }
  /** Another import has an image that this one would get: nothing was changed. */
  | {
      readonly kind: 'taken';
      readonly entry: LedgerEntry;
      readonly imageId: string;
      readonly owner: ImportKey;
    };

/** What admission says: only `admitted` may send. Milliseconds where there is something to wait for. */
export type AdmitAnswer =
  /** `generation` counts the intents of the whole ledger. */
  | { readonly kind: 'admitted'; readonly entry: LedgerEntry; readonly generation: number }
  /** `behind`: the ledger has lost intents. `newer`: a newer version has written it. `index`: an older one has. */
  | {
      readonly kind:
        | 'moved'
        | 'stopped'
        | 'scan'
        | 'paused'
        | 'full'
        | 'behind'
        | 'newer'
        | 'index'
        /** This worker has not told what it knows on this run of the server. */
        | 'report'
        /** This ledger does not hold its project. */
        | 'unclaimed';
    }
  | { readonly kind: 'cooldown' | 'rate' | 'frozen'; readonly waitMs: number };

export interface Intent {
  /** The fleet's time, as far as the sender knows it. */
  readonly now: number;
  /** The wall clock, for people. */
  readonly submittedAt: number;
  /** So long the sender may send, at most. */
  readonly budgetMs: number;
  readonly due: number;
  readonly sender: string;
  readonly maxInFlight: number;
  /** Milliseconds between two POSTs of the fleet; 0 = unlimited. */
  readonly gapMs: number;
  /** The highest generation that this process has seen. */
  readonly seenGeneration: number;
}

export interface ChangeOptions {
  /** The wall clock, for people. */
  readonly now: number;
  /** The fleet's time by when the import must move again; not used once it is settled. */
  readonly due: number;
  /** Looked at together with the state: the change is made only while this holds. */
  readonly onlyIf?: (entry: LedgerEntry) => boolean;
  /** Taken over when the import becomes pending by this change. */
  readonly request?: ImageRequest;
  /** The entry as it was read a moment ago: it is read again only if it has moved on since. */
  readonly seen?: LedgerEntry;
}
