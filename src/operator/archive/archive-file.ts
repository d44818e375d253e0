import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import {
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  type ArchivedImage,
  toArchived,
} from '../../shared/archive/archive-format.ts';
import { archiveName } from '../../shared/archive/archive-name.ts';
import { openArchive } from '../../shared/archive/read-archive.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { ArchiveMark } from '../../shared/ledger/batch-archive.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import { GIVEN_UP } from '../../shared/look-up/match-images.ts';
import type { ArchiveDeps } from './archive-deps.ts';

const PAGE = 200;

/** Found while writing: the batch is left as it is. The message is the rest of a sentence. */
export class NotYet extends Error {}

export function archivePath(folder: string, batch: string, mark: Pick<ArchiveMark, 'at' | 'id'>) {
  return join(folder, archiveName(batch, mark));
}

/** What a killed process may have left of a file. */
export async function removeDraft(file: string): Promise<void> {
  await unlink(draftOf(file)).catch(() => undefined);
}

function draftOf(file: string): string {
  return `${file}.part`;
}

/**
 * Writes everything that the ledger knows of a batch into the file of its mark, which appears complete or
 * not at all, readable by its owner only.
 * @throws NotYet, or the error of the file system
 */
export async function writeArchive(
  deps: ArchiveDeps,
  summary: BatchSummary,
  mark: ArchiveMark,
): Promise<void> {
  const folder = dirname(mark.file);
  const draft = draftOf(mark.file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    // One page in memory, not sixteen.
    const text = Readable.from(textOf(deps, summary, mark), { highWaterMark: 1 });
    await pipeline(text, createGzip(), file);
    await rename(draft, mark.file);
  } finally {
    await removeDraft(mark.file);
  }
  await syncFolder(folder);
}

/** The name of a file is in its folder: that has to be on the disk, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  // Some file systems cannot do it.
  await handle.sync().catch(() => undefined);
  await handle.close();
}

async function* textOf(
  deps: ArchiveDeps,
  summary: BatchSummary,
  mark: ArchiveMark,
): AsyncGenerator<string> {
  yield `${JSON.stringify(await headerOf(deps, summary, mark))}\n`;
  let images = 0;
  for (;;) {
    if (deps.stop.aborted) throw new NotYet('was not archived: stopped');
    const keys = await deps.batches.members(summary.batch, images, PAGE);
    images += keys.length;
    if (keys.length > 0) yield await pageText(deps, keys);
    if (keys.length < PAGE) break;
  }
  yield `${JSON.stringify({ images })}\n`;
}

async function headerOf(deps: ArchiveDeps, summary: BatchSummary, mark: ArchiveMark) {
  const { counts, notify, retention } = summary;
  const { succeeded, failed, cancelled } = counts;
  return {
    format: ARCHIVE_FORMAT,
    version: ARCHIVE_VERSION,
    id: mark.id,
    batch: summary.batch,
    namespace: deps.ledger.keys.namespace,
    project_id: (await deps.project.boundTo()) ?? null,
    created_at: new Date(summary.createdAt).toISOString(),
    finished_at: new Date(mark.finishedAt).toISOString(),
    archived_at: new Date(mark.at).toISOString(),
    total: summary.total,
    counts: { succeeded, failed, cancelled },
    ...{ notify, retention },
  };
}

async function pageText(deps: ArchiveDeps, keys: readonly ImportKey[]): Promise<string> {
  // The stories first: a line that is added later changes the revision, and the image stays.
  const stories = await deps.ledger.stories(keys);
  const entries = new Map((await deps.ledger.readMany(keys)).map((entry) => [entry.key, entry]));
  let text = '';
  for (const [index, key] of keys.entries()) {
    const entry = entries.get(key);
    const image = entry && (await imageOf(deps, entry, stories[index] ?? []));
    text += `${JSON.stringify(image ?? { key, state: 'lost' })}\n`;
  }
  return text;
}

/**
 * @throws NotYet while a create of this image may still be answered, an IMS job of it is followed, or other
 * projects are to get it: only the ledger is followed
 */
async function imageOf(
  deps: ArchiveDeps,
  entry: LedgerEntry,
  story: readonly StoryLine[],
): Promise<ArchivedImage> {
  const { name } = entry.request;
  const image = toArchived(entry, story);
  if (!image) throw new NotYet('has changed meanwhile');
  if (entry.state.status === 'succeeded' && entry.sharing?.state === 'open') {
    throw new NotYet(`waits: ${name} is still being shared with other projects`);
  }
  if (mayStillBeAnswered(entry, deps.clock.now() - deps.answerMs)) {
    throw new NotYet(`waits: IMS may still answer the create of ${name}`);
  }
  for (const jobId of lateJobsOf(entry)) {
    if (await deps.queues.followsLateJob(entry.key, jobId)) {
      throw new NotYet(`waits: IMS job ${jobId} of ${name} is still followed`);
    }
  }
  return image;
}

/**
 * True for an image that was found, or given up, before IMS answered its create, while that answer may still
 * come: it would be evidence of a double.
 */
function mayStillBeAnswered({ state, submittedAt }: LedgerEntry, answeredBefore: number): boolean {
  if (submittedAt === undefined || submittedAt <= answeredBefore) return false;
  const isFound = state.status === 'succeeded' && state.jobId === undefined;
  return isFound || (state.status === 'failed' && state.reason.code === GIVEN_UP);
}

/** IMS jobs that may still be followed although the import has its outcome. */
function lateJobsOf({ state, lateJobIds }: LedgerEntry): readonly string[] {
  const late = state.status === 'succeeded' && state.adopted === true ? state.jobId : undefined;
  return late === undefined ? lateJobIds : [...lateJobIds, late];
}

/** True when the file is there, complete to its last line, and belongs to this mark; false when stopped. */
export async function isCompleteArchive(
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
