import { type ArchiveHeader, entryOf } from '../../shared/archive/archive-format.ts';
import { openArchive } from '../../shared/archive/read-archive.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { BatchReport } from './model/batch-report.ts';
import { readReport } from './read-report.ts';

/**
 * The report of a batch as it was when it was archived, from its file only.
 * @throws UsageError when the file is no whole archive
 */
export async function readArchivedReport(path: string): Promise<BatchReport> {
  const { header, images } = await openArchive(path);
  const entries = async function* (): AsyncGenerator<LedgerEntry> {
    for await (const image of images) if (image.state !== 'lost') yield entryOf(image);
  };
  return readReport(entries(), summaryOf(header), Date.parse(header.archived_at));
}

function summaryOf(header: ArchiveHeader): BatchSummary {
  const open = { pending: 0, submitting: 0, creating: 0, unknown: 0, held: 0 };
  return {
    batch: header.batch,
    counts: { ...open, ...header.counts },
    total: header.total,
    createdAt: Date.parse(header.created_at),
    finishedAt: Date.parse(header.finished_at),
    isPaused: false,
    troubles: [],
    missing: 0,
  };
}
