import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '../shared/archive/read-archive.ts';
import { UsageError } from '../shared/errors/errors.ts';
import { type BatchSummary, requireBatch } from '../shared/ledger/batch-store.ts';
import { isoTime } from '../ui/format.ts';
import type { Env, OpenLedger } from './open-ledger.ts';

/**
 * The batch that a person has named.
 * @throws UsageError that says where its archive is, or which batches there are
 */
export async function namedBatch(
  open: OpenLedger,
  batch: string,
  { config }: Pick<Env, 'config'>,
): Promise<BatchSummary> {
  const summary = await open.batches.summary(batch);
  if (summary) return summary;
  const { folder } = config.archive;
  const archived = folder === undefined ? undefined : await findArchive(folder, batch, config);
  if (archived === undefined) return requireBatch(open, batch);
  throw new UsageError(
    `Batch "${batch}" was archived at ${archived.at} and is no longer in the ledger.`,
    `Its images are in the file: ims-ferry report --from ${archived.file}`,
  );
}

/** The newest archive of a batch on this machine. */
async function findArchive(
  folder: string,
  batch: string,
  { namespace }: Pick<Env['config'], 'namespace'>,
): Promise<{ readonly file: string; readonly at: string } | undefined> {
  const names = await readdir(folder).catch(() => []);
  const begin = `${batch.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.`;
  // The day is in the name.
  const likely = names.filter((one) => one.startsWith(begin) && one.endsWith('.jsonl.gz'));
  for (const name of likely.sort().reverse()) {
    const file = join(folder, name);
    const opened = await openArchive(file).catch(() => undefined);
    await opened?.images.return(undefined);
    const header = opened?.header;
    if (header?.batch !== batch || header.namespace !== namespace) continue;
    return { file, at: isoTime(Date.parse(header.archived_at)) };
  }
  return undefined;
}
