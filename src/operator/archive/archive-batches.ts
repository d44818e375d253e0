import { FerryError } from '../../shared/errors/errors.ts';
import { type BatchSummary, requireBatch } from '../../shared/ledger/batch-store.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { OPEN_STATUSES } from '../../shared/state/machine.ts';
import { type Archived, archiveBatch } from './archive-batch.ts';
import type { ArchiveDeps } from './archive-deps.ts';

interface ArchiveWanted {
  /** None: all that are old enough. */
  readonly batches: readonly string[];
  /** How long ago a batch has to have finished, in milliseconds. */
  readonly olderThanMs: number;
}

/** A batch that was named, or is old enough. */
interface Candidate {
  readonly summary: BatchSummary;
  /** Why it cannot be archived now; only for batches that were named. */
  readonly why?: string;
}

/**
 * The batches to archive, the oldest first, or in the order in which they were named.
 * @throws UsageError when one of those does not exist
 */
export async function* candidates(
  deps: Pick<ArchiveDeps, 'batches' | 'clock'>,
  { batches, olderThanMs }: ArchiveWanted,
): AsyncGenerator<Candidate> {
  const before = deps.clock.now() - olderThanMs;
  if (batches.length > 0) {
    const summaries: BatchSummary[] = [];
    // All of them first: with a wrong name nothing is archived.
    for (const batch of new Set(batches)) summaries.push(await requireBatch(deps, batch));
    for (const summary of summaries) {
      yield omitUndefined({ summary, why: whyNotYet(summary, before) });
    }
    return;
  }
  for (const batch of await deps.batches.createdBefore(before)) {
    const summary = await deps.batches.summary(batch);
    if (summary && whyNotYet(summary, before) === undefined) yield { summary };
  }
}

/** Why a batch cannot be archived now, or nothing; pure. */
function whyNotYet({ counts, total, finishedAt }: BatchSummary, before: number) {
  const open = OPEN_STATUSES.reduce((sum, status) => sum + counts[status], 0);
  if (open > 0)
    return `has ${open} of ${total} ${total === 1 ? 'image' : 'images'} without an outcome`;
  if (finishedAt === undefined) return 'has not finished';
  if (finishedAt <= before) return undefined;
  return `finished only at ${new Date(finishedAt).toISOString()}`;
}

/**
 * Archives them one after the other, and reports each. False when another process is archiving in this
 * ledger: then nothing was done.
 * @throws UsageError when a named batch does not exist, or the folder does not take a file
 */
export async function archiveBatches(
  deps: ArchiveDeps,
  wanted: ArchiveWanted & { readonly folder: string },
  onEach: (archived: Archived) => void,
): Promise<boolean> {
  const done = await withLease('archive', deps, async () => {
    for await (const { summary, why } of candidates(deps, wanted)) {
      if (deps.stop.aborted) break;
      const { batch } = summary;
      const notYet = why !== undefined && ({ kind: 'not-yet', batch, why } as const);
      onEach(notYet || (await archiveBatch(deps, summary, wanted.folder)));
    }
    return true;
  });
  return done ?? false;
}

const HOUR_MS = 3_600_000;

interface KeepArchiving {
  /** How long ago a batch has to have finished, in milliseconds. */
  readonly afterMs: number;
  readonly folder: string;
  readonly log: Logger;
  /** The ledgers to archive, read in each round: manifests add clouds. */
  readonly ledgers: () => Promise<readonly ArchiveDeps[]>;
}

/** Archives what is old enough, once an hour, until it is stopped. A failure costs one round. */
export async function keepArchiving(
  { clock, random, stop }: Pick<ArchiveDeps, 'clock' | 'random' | 'stop'>,
  { afterMs, folder, log, ledgers }: KeepArchiving,
): Promise<void> {
  const wanted = { batches: [], olderThanMs: afterMs, folder };
  while (!stop.aborted) {
    try {
      for (const deps of await ledgers()) {
        await archiveBatches(deps, wanted, (archived) => report(archived, log));
      }
    } catch (error) {
      const isOurs = error instanceof FerryError;
      const fields = isOurs ? { reason: error.message, advice: error.advice } : { err: error };
      if (!stop.aborted) log.warn(fields, 'archiving failed, trying again later');
    }
    await clock.sleep(Math.min(HOUR_MS, afterMs) * (0.9 + 0.2 * random.next()), stop);
  }
}

function report({ kind, ...fields }: Archived, log: Logger): void {
  if (kind === 'archived') log.info(fields, 'batch archived');
  if (kind === 'kept') log.warn(fields, 'batch archived in part: it has changed meanwhile');
  if (kind === 'not-yet') log.warn(fields, 'batch not archived');
}
