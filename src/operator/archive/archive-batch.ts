import { unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../../shared/errors/errors.ts';
import type { ArchiveMark, Archiving } from '../../shared/ledger/batch-archive.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { ArchiveDeps, Archived } from './archive-deps.ts';
import { isWholeArchive, takeOut } from './take-out.ts';
import { archiveName, codeOf } from './whole-file.ts';
import { NotYet, writeArchive } from './write-archive.ts';

/**
 * Writes a finished batch into a file of `folder`, and only then takes it out of the ledger. The order is
 * mark, file, mark that the file is whole, images page by page, batch. Whoever finds a mark goes on from
 * there; registering in the batch, or moving an image of it, ends the archiving and keeps what is left.
 * @throws UsageError when the folder does not take the file
 */
export async function archiveBatch(
  deps: ArchiveDeps,
  summary: BatchSummary,
  folder: string,
): Promise<Archived> {
  const { batch, archiving: before, finishedAt } = summary;
  if (finishedAt === undefined) return { kind: 'not-yet', batch, why: 'has not finished' };
  if (before?.finishedAt === finishedAt) {
    const found = await findFile(deps, before, folder);
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    if (found !== undefined) return remove(deps, { batch, mark: before }, found);
    if (before.phase === 'removing') return { kind: 'not-yet', batch, why: fileIsAway(before) };
  }
  const { clock, random, host } = deps;
  const [now, id] = [clock.now(), random.id(9)];
  const file = join(folder, archiveName(batch, { now, id }));
  const mark = { id, phase: 'writing', file, host, at: now, finishedAt } as const;
  if (!(await deps.batches.archive.mark({ batch, mark }, before))) return moved(batch);
  const why = await write(deps, summary, mark);
  if (why !== undefined) return { kind: 'not-yet', batch, why };
  return remove(deps, { batch, mark }, file);
}

/** Why it was not written, or nothing. @throws UsageError when the folder does not take it */
async function write(
  deps: ArchiveDeps,
  summary: BatchSummary,
  mark: ArchiveMark,
): Promise<string | undefined> {
  try {
    await writeArchive(deps, summary, mark);
    return undefined;
  } catch (error) {
    await deps.batches.archive.unmark({ batch: summary.batch, mark });
    if (error instanceof NotYet) return error.message;
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(
      `Batch ${summary.batch} cannot be written to ${mark.file} (${codeOf(error)}). Nothing was removed.`,
      'Make room there, or name another folder with --to or IMS_FERRY_ARCHIVE_DIR.',
    );
  }
}

/** From here on the images leave the ledger: the file has been read from its first line to its last. */
async function remove(deps: ArchiveDeps, at: Archiving, file: string): Promise<Archived> {
  const { batch } = at;
  const mark = { ...at.mark, phase: 'removing', file } as const;
  if (!(await isWholeArchive(deps, file, mark.id))) {
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    await deps.batches.archive.unmark(at);
    throw new UsageError(
      `The archive ${file} does not read as it was written. Nothing was removed.`,
      'Look at the disk, and run ims-ferry archive again.',
    );
  }
  if (!(await deps.batches.archive.mark({ batch, mark }, at.mark))) {
    if (at.mark.phase === 'removing') return moved(batch);
    // The batch lives on: a file that says otherwise would only lead astray.
    await unlink(file).catch(() => undefined);
    return moved(batch);
  }
  return takeOut(deps, { batch, mark });
}

/** Where it was written, or in the folder that was named. */
async function findFile(
  deps: Pick<ArchiveDeps, 'stop'>,
  { file, id }: ArchiveMark,
  folder: string,
): Promise<string | undefined> {
  for (const path of new Set([file, join(folder, basename(file))])) {
    if (await isWholeArchive(deps, path, id)) return path;
  }
  return undefined;
}

function moved(batch: string): Archived {
  return { kind: 'not-yet', batch, why: 'has moved meanwhile; it stays' };
}

function fileIsAway({ file, host }: ArchiveMark): string {
  return `is half archived, and its file is not here: ${file} on ${host}. Go on there, or bring the file and name its folder with --to; who submits the batch again keeps what is left of it`;
}
