import { ARCHIVE_FORMAT, ARCHIVE_VERSION } from '../../shared/archive/archive-format.ts';
import { toArchived } from '../../shared/archive/archived-image.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { ArchiveMark } from '../../shared/ledger/batch-archive.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { mayStillBeAnswered, strayJobsOf } from './judge-batch.ts';
import { writeCompressed } from './whole-file.ts';

const PAGE = 200;

/** Found while writing: the batch is left as it is. `why`: the rest of a sentence. */
export class NotYet extends Error {}

/** Writes everything that the ledger knows of a batch into the file of its mark. @throws NotYet */
export async function writeArchive(
  deps: ArchiveDeps,
  summary: BatchSummary,
  mark: ArchiveMark,
): Promise<void> {
  await writeCompressed(mark.file, textOf(deps, summary, mark));
}

async function* textOf(
  deps: ArchiveDeps,
  summary: BatchSummary,
  mark: ArchiveMark,
): AsyncGenerator<string> {
  yield `${JSON.stringify(await headerOf(deps, summary, mark))}\n`;
  let images = 0;
  for (;;) {
    if (deps.stop.aborted) throw new NotYet('was not finished with: told to stop');
    const keys = await deps.batches.members(summary.batch, images, PAGE);
    images += keys.length;
    if (keys.length > 0) yield await pageText(deps, keys);
    if (keys.length < PAGE) break;
  }
  yield `${JSON.stringify({ images })}\n`;
}

async function headerOf(deps: ArchiveDeps, summary: BatchSummary, mark: ArchiveMark) {
  const { succeeded, failed, cancelled } = summary.counts;
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
  };
}

async function pageText(deps: ArchiveDeps, keys: readonly ImportKey[]): Promise<string> {
  // The stories first: a line that comes after them changes the revision, and the image stays.
  const stories = await deps.ledger.stories(keys);
  const entries = new Map((await deps.ledger.readMany(keys)).map((entry) => [entry.key, entry]));
  let text = '';
  for (const [index, key] of keys.entries()) {
    const entry = entries.get(key);
    if (entry) await requireRest(deps, entry);
    const image = entry && toArchived(entry, stories[index] ?? []);
    if (entry && !image) throw new NotYet('has moved meanwhile');
    text += `${JSON.stringify(image ?? { key, state: 'lost' })}\n`;
  }
  return text;
}

/** @throws NotYet while something may still be heard of a create of this image */
async function requireRest(deps: ArchiveDeps, entry: LedgerEntry): Promise<void> {
  const { name } = entry.request;
  if (mayStillBeAnswered(entry, { now: deps.clock.now(), answerMs: deps.answerMs })) {
    throw new NotYet(`waits: IMS may still answer the create of ${name}`);
  }
  for (const jobId of strayJobsOf(entry)) {
    if (await deps.queues.followsLateJob(entry.key, jobId)) {
      throw new NotYet(`waits: IMS job ${jobId} of ${name} is still followed`);
    }
  }
}
