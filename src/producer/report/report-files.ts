import { entryOf } from '../../shared/archive/archive-format.ts';
import { openArchive } from '../../shared/archive/read-archive.ts';
import { codeOf } from '../../shared/errors/error-code.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import { writeAnywhere } from '../../shared/files/write-file.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import { type BatchReport, readReport } from './build-report.ts';

/**
 * The report of a batch as it was when it was archived, from its archive file alone.
 * @throws UsageError when the file is not a complete archive
 */
export async function readArchivedReport(path: string): Promise<BatchReport> {
  const { header, images } = await openArchive(path);
  const entries = async function* (): AsyncGenerator<LedgerEntry> {
    for await (const image of images) if (image.state !== 'lost') yield entryOf(image);
  };
  const { notify, retention } = header;
  const facts = {
    batch: header.batch,
    isPaused: false,
    createdAt: Date.parse(header.created_at),
    finishedAt: Date.parse(header.finished_at),
    ...omitUndefined({ notify, retention }),
  };
  return readReport(entries(), facts, Date.parse(header.archived_at));
}

/**
 * Replaces the file as a whole: readers see the old report or the new one, never a part. Pipes and
 * devices are written through.
 * @throws UsageError when the file cannot be written
 */
export async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeAnywhere(file, [text], { random: systemRandom });
  } catch (error) {
    const code = codeOf(error) ?? 'error';
    throw new UsageError(`The report cannot be written to ${file} (${code}).`);
  }
}
