import { readHeader } from '../../shared/archive/read-archive.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import { type BatchSummary, requireBatch } from '../../shared/ledger/batch-store.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { findArchive } from './archived-batch.ts';
import type { Env, OpenLedger } from './open-ledger.ts';

/**
 * The batch that a person has named.
 * @throws UsageError that says where its archive is, or which batches there are
 */
export async function namedBatch(
  open: OpenLedger,
  batch: string,
  env: Pick<Env, 'config'>,
): Promise<BatchSummary> {
  const summary = await open.batches.summary(batch);
  if (summary) return summary;
  // One that an older version archived: the ledger did not note it.
  const noted = await open.batches.archive.fileOf(batch);
  const file = noted === undefined ? await findArchive(open, batch, env) : undefined;
  if (file === undefined) return requireBatch(open, batch);
  const { archived_at } = await readHeader(file);
  const at = archived_at.slice(0, 16).replace('T', ' ');
  throw new UsageError(
    `Batch "${batch}" was archived at ${at} UTC; it is in ${file}.`,
    `To see it: ims-ferry report --from ${shellQuoted(file)}`,
  );
}
