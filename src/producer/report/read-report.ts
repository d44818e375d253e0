import { type BatchDeps, batchEntries } from '../../shared/ledger/batch-entries.ts';
import type { BatchSummary } from '../../shared/ledger/batch-ledger.ts';
import type { BatchReport, ImageRow } from './model/batch-report.ts';
import { buildReport } from './model/build-report.ts';
import { imageRow } from './model/image-row.ts';

/** The report of a batch at this moment, from the ledger only. `now`: the fleet's time. */
export async function readReport(
  deps: BatchDeps,
  summary: BatchSummary,
  now: number,
): Promise<BatchReport> {
  const rows: ImageRow[] = [];
  for await (const entry of batchEntries(deps, summary.batch)) rows.push(imageRow(entry, now));
  return buildReport(summary, rows, now);
}
