import { unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openArchive } from '../../shared/archive/read-archive.ts';
import { codeOf } from '../../shared/errors/error-code.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Archiving, WrittenImage } from '../../shared/ledger/batch-archive.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { KeptJobs } from '../../shared/queues/kept-jobs.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import {
  archivePath,
  isCompleteArchive,
  NotYet,
  removeDraft,
  writeArchive,
} from './archive-file.ts';

/** What became of one batch. */
export type Archived =
  | {
      readonly kind: 'archived';
      readonly batch: string;
      readonly images: number;
      readonly file: string;
    }
  /** Some images were changed meanwhile, or the batch was submitted again: they stay. */
  | { readonly kind: 'kept'; readonly batch: string; readonly left: number; readonly file: string }
  /** Nothing was done. `why`: the rest of a sentence that begins with the batch. */
  | { readonly kind: 'not-yet'; readonly batch: string; readonly why: string }
  /** The next run continues from there. */
  | { readonly kind: 'stopped'; readonly batch: string };

/** Redis is blocked while one page is taken out: a few milliseconds. */
const PAGE = 100;

/**
 * Writes a finished batch into a file of `folder`, and only then takes it out of the ledger. The order is
 * mark, file, mark that the file is complete, images page by page, batch. A run that finds a mark continues
 * from there; registering in the batch, or moving an image of it, ends the archiving and keeps what is left.
 * @throws UsageError when the folder does not take the file
 */
export async function archiveBatch(
  deps: ArchiveDeps,
  summary: BatchSummary,
  folder: string,
): Promise<Archived> {
  const { batch, archiving: before, finishedAt } = summary;
  const { archive } = deps.batches;
  if (finishedAt === undefined) return { kind: 'not-yet', batch, why: 'has not finished' };
  if (before?.finishedAt === finishedAt) {
    for (const file of new Set([before.file, join(folder, basename(before.file))])) {
      if (await isCompleteArchive(deps, file, before.id)) {
        return remove(deps, { batch, mark: before }, file);
      }
    }
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    if (before.phase === 'removing') {
      const why = `is half archived, and its file is not here: ${before.file} on ${before.host}. Continue there, or bring the file and name its folder with --to; submitting the batch again keeps what is left of it`;
      return { kind: 'not-yet', batch, why };
    }
  }
  if (before) await removeDraft(before.file);
  const named = { id: deps.random.id(9), at: deps.clock.now() };
  const file = archivePath(folder, batch, named);
  const mark = { ...named, phase: 'writing', file, host: deps.host, finishedAt } as const;
  if (!(await archive.mark({ batch, mark }, before))) return changed(batch);
  try {
    await writeArchive(deps, summary, mark);
  } catch (error) {
    await archive.unmark({ batch, mark });
    if (error instanceof NotYet) return { kind: 'not-yet', batch, why: error.message };
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(
      `Cannot write batch ${batch} to ${dirname(file)} (${codeOf(error)}). Nothing was removed.`,
      'Make room there, or name another folder with --to or IMS_FERRY_ARCHIVE_DIR.',
    );
  }
  return remove(deps, { batch, mark }, file);
}

/** From here on the images leave the ledger: the file has been read from its first line to its last. */
async function remove(deps: ArchiveDeps, at: Archiving, file: string): Promise<Archived> {
  const { batch } = at;
  const { archive } = deps.batches;
  const mark = { ...at.mark, phase: 'removing', file } as const;
  if (!(await isCompleteArchive(deps, file, mark.id))) {
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    await archive.unmark(at);
    throw new UsageError(
      `The archive ${file} does not read as it was written. Nothing was removed.`,
      'Check the disk, and run ims-ferry archive again.',
    );
  }
  if (await archive.mark({ batch, mark }, at.mark)) return takeOut(deps, { batch, mark });
  // The batch stays in the ledger: a file that suggests otherwise would only mislead.
  if (at.mark.phase === 'writing') await unlink(file).catch(() => undefined);
  return changed(batch);
}

/**
 * Takes the images that are in the file out of the ledger, then their batch. It can be run again after a
 * kill: what is out already is passed over. What was changed since it was written stays.
 */
async function takeOut(deps: ArchiveDeps, archiving: Archiving): Promise<Archived> {
  const { batch, mark } = archiving;
  const { file } = mark;
  const { archive } = deps.batches;
  const { images } = await openArchive(file);
  // Before the first image leaves: after a kill nobody has to search for the file.
  await archive.noteFile(archiving);
  const kept = await KeptJobs.read(deps.queues);
  let page: WrittenImage[] = [];
  let count = 0;
  let isOurs = true;
  const takePage = async (): Promise<void> => {
    await kept.remove(page.map(({ key }) => key));
    isOurs = await archive.takeOut(archiving, page);
    page = [];
  };
  for await (const image of images) {
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    page.push({ key: image.key, revision: image.state === 'lost' ? 0 : image.revision });
    count += 1;
    if (page.length === PAGE) await takePage();
    if (!isOurs) break;
  }
  if (page.length > 0) await takePage();
  if (isOurs && (await archive.forget(archiving))) {
    return { kind: 'archived', batch, images: count, file };
  }
  // The batch stays with what is in it now.
  await archive.unmark(archiving);
  return { kind: 'kept', batch, left: (await deps.batches.summary(batch))?.total ?? 0, file };
}

function changed(batch: string): Archived {
  return { kind: 'not-yet', batch, why: 'has changed meanwhile; it stays' };
}
