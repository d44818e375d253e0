import { UsageError } from '../errors/errors.ts';
import type { BatchLedger, BatchSummary } from './batch-ledger.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger-entry.ts';

export interface BatchDeps {
  readonly batches: BatchLedger;
  readonly ledger: Ledger;
}

const PAGE = 500;

/** Every image of a batch in the manifest's order, page by page. */
export async function* batchEntries(deps: BatchDeps, batch: string): AsyncGenerator<LedgerEntry> {
  for (let from = 0; ; from += PAGE) {
    const keys = await deps.batches.members(batch, from, PAGE);
    yield* await deps.ledger.readMany(keys);
    if (keys.length < PAGE) return;
  }
}

/**
 * For commands that act on all images of a batch: some of them may be in a file already.
 * @throws UsageError while the images of the batch leave the ledger
 */
export async function refuseHalfArchived(
  { batches }: Pick<BatchDeps, 'batches'>,
  batch: string,
): Promise<void> {
  const { archiving } = (await batches.summary(batch)) ?? {};
  if (archiving?.phase !== 'removing') return;
  throw new UsageError(
    `Batch "${batch}" is being archived into ${archiving.file}, and some of its images are in the file only.`,
    `Let it end (ims-ferry archive ${batch}), then submit the manifest again: what is in IMS is adopted, what failed is tried again.`,
  );
}

/** @throws UsageError that names the batches there are */
export async function requireBatch(
  { batches }: Pick<BatchDeps, 'batches'>,
  batch: string,
): Promise<BatchSummary> {
  const summary = await batches.summary(batch);
  if (summary) return summary;
  const known = await batches.names();
  const list = known.length === 0 ? 'There is none yet.' : `There are: ${known.join(', ')}.`;
  throw new UsageError(`There is no batch "${batch}".`, list);
}
