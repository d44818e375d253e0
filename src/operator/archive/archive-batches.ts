import { type BatchSummary, requireBatch } from '../../shared/ledger/batch-store.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import { archiveBatch } from './archive-batch.ts';
import type { ArchiveDeps, Archived } from './archive-deps.ts';
import { whyNotYet } from './judge-batch.ts';
import { removeOldParts } from './whole-file.ts';

export interface ArchiveWanted {
  /** None: all that are old enough. */
  readonly batches: readonly string[];
  /** How long ago a batch has to have finished, in milliseconds. */
  readonly olderThanMs: number;
}

/** A batch that was asked for, or is old enough. */
export interface Candidate {
  readonly summary: BatchSummary;
  /** Why it cannot be archived now; only of batches that were named. */
  readonly why?: string;
}

/**
 * The batches that are meant, the oldest first, or in the order in which they were named.
 * @throws UsageError when one of those is not there
 */
export async function* candidates(
  deps: Pick<ArchiveDeps, 'batches' | 'clock'>,
  { batches, olderThanMs }: ArchiveWanted,
): AsyncGenerator<Candidate> {
  const at = { now: deps.clock.now(), olderThanMs };
  if (batches.length > 0) {
    const summaries: BatchSummary[] = [];
    // All of them first: a name that is wrong archives nothing.
    for (const batch of new Set(batches)) summaries.push(await requireBatch(deps, batch));
    for (const summary of summaries) {
      const why = whyNotYet(summary, at);
      yield why === undefined ? { summary } : { summary, why };
    }
    return;
  }
  for (const batch of await deps.batches.createdBefore(at.now - olderThanMs)) {
    const summary = await deps.batches.summary(batch);
    if (summary && whyNotYet(summary, at) === undefined) yield { summary };
  }
}

/**
 * Archives them one after the other, and tells of each. False when somebody else is archiving in this
 * ledger: nothing was done then.
 * @throws UsageError when a named batch is not there, or the folder does not take a file
 */
export async function archiveBatches(
  deps: ArchiveDeps,
  wanted: ArchiveWanted & { readonly folder: string },
  onEach: (archived: Archived) => void,
): Promise<boolean> {
  const done = await withLease('archive', deps, async () => {
    await removeOldParts(wanted.folder, deps.clock.now());
    for await (const { summary, why } of candidates(deps, wanted)) {
      const { batch } = summary;
      if (deps.stop.aborted) return true;
      onEach(
        why === undefined
          ? await archiveBatch(deps, summary, wanted.folder)
          : { kind: 'not-yet', batch, why },
      );
    }
    return true;
  });
  return done ?? false;
}
