import { type Look, lookOf } from '../../producer/report/html/states.ts';
import { imageRow } from '../../producer/report/model/image-row.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';

/** What is kept of each image to search, filter and sort a batch; short, for there may be very many. */
export interface IndexRow {
  readonly key: string;
  readonly name: string;
  readonly look: Look;
  readonly code: string | undefined;
  /** IMS job and image, in lower case. */
  readonly ids: string;
  readonly finishedAt: number | undefined;
  readonly waitingMs: number | undefined;
  readonly inImsMs: number | undefined;
}

export function indexRow(entry: LedgerEntry, now: number): IndexRow {
  const row = imageRow(entry, now);
  return {
    key: row.key,
    name: row.name,
    look: lookOf(row),
    code: row.error?.code,
    ids: `${row.jobId ?? ''} ${row.imageId ?? ''}`.toLowerCase(),
    finishedAt: row.finishedAt,
    waitingMs: row.waitingMs,
    inImsMs: row.inImsMs,
  };
}
