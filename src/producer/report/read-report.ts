import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { BatchReport, ImageRow } from './model/batch-report.ts';
import { buildReport } from './model/build-report.ts';
import { imageRow } from './model/image-row.ts';

/** The report of a batch at this moment. `entries`: all of it. `now`: the fleet's time. */
export async function readReport(
  entries: AsyncIterable<LedgerEntry>,
  summary: BatchSummary,
  now: number,
): Promise<BatchReport> {
  const rows: ImageRow[] = [];
  for await (const entry of entries) rows.push(imageRow(entry, now));
  return buildReport(summary, rows, now);
}
