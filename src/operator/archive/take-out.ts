import type { ArchivedImage, LostImage } from '../../shared/archive/archive-format.ts';
import { openArchive } from '../../shared/archive/read-archive.ts';
import type { Archiving, WrittenImage } from '../../shared/ledger/batch-archive.ts';
import { KeptJobs } from '../../shared/queues/kept-jobs.ts';
import type { ArchiveDeps, Archived } from './archive-deps.ts';

/** Redis does nothing else while one page is taken out: a few milliseconds. */
const PAGE = 100;

/** True when a file is there, whole to its last line, and belongs to this mark; false when told to stop. */
export async function isWholeArchive(
  { stop }: Pick<ArchiveDeps, 'stop'>,
  path: string,
  id: string,
): Promise<boolean> {
  try {
    const { header, images } = await openArchive(path);
    if (header.id !== id) return false;
    for await (const _ of images) if (stop.aborted) return false;
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes the images that stand in the file out of the ledger, then their batch. Killed half-way it can be
 * run again: what is out already is passed over. What was changed since it was written down stays.
 */
export async function takeOut(deps: ArchiveDeps, archiving: Archiving): Promise<Archived> {
  const { batch, mark } = archiving;
  const { images } = await openArchive(mark.file);
  const kept = await KeptJobs.read(deps.queues);
  let page: WrittenImage[] = [];
  let count = 0;
  const takePage = async (): Promise<boolean> => {
    await kept.remove(page.map(({ key }) => key));
    const isTaken = await deps.batches.archive.takeOut(archiving, page);
    page = [];
    return isTaken;
  };
  for await (const image of images) {
    if (deps.stop.aborted) return { kind: 'stopped', batch };
    page.push(writtenImage(image));
    count += 1;
    if (page.length === PAGE && !(await takePage())) return leftOver(deps, archiving);
  }
  if (page.length > 0 && !(await takePage())) return leftOver(deps, archiving);
  const isGone = await deps.batches.archive.forget(archiving);
  return isGone
    ? { kind: 'archived', batch, images: count, file: mark.file }
    : leftOver(deps, archiving);
}

/** The batch goes on with what is in it now. */
async function leftOver(deps: ArchiveDeps, archiving: Archiving): Promise<Archived> {
  const { batch, mark } = archiving;
  await deps.batches.archive.unmark(archiving);
  const left = (await deps.batches.summary(batch))?.total ?? 0;
  return { kind: 'kept', batch, left, file: mark.file };
}

function writtenImage(image: ArchivedImage | LostImage): WrittenImage {
  return { key: image.key, revision: image.state === 'lost' ? 0 : image.revision };
}
