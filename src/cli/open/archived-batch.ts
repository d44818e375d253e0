import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveNames } from '../../shared/archive/archive-name.ts';
import { readHeader } from '../../shared/archive/read-archive.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Env, OpenLedger } from './open-ledger.ts';

/**
 * The file of a batch that has left the ledger, or is leaving it, if the file is on this machine: as the ledger
 * noted it, else the newest in the folder of archives. `undefined` while the whole batch is in the ledger.
 */
export async function findArchive(
  { batches, ledger }: Pick<OpenLedger, 'batches' | 'ledger'>,
  batch: string,
  { config }: Pick<Env, 'config'>,
): Promise<string | undefined> {
  const summary = await batches.summary(batch);
  if (summary && summary.archiving?.phase !== 'removing') return undefined;
  const noted = summary?.archiving?.file ?? (await batches.archive.fileOf(batch))?.file;
  if (noted !== undefined && (await isThere(noted))) return noted;
  const { folder } = config.archive;
  if (summary || folder === undefined) return undefined;
  const names = await readdir(folder).catch(() => []);
  // The day is in the name: the newest first.
  for (const name of names.filter(archiveNames(batch)).sort().reverse()) {
    const path = join(folder, name);
    const header = await readHeader(path).catch(ignoreUnreadable);
    if (header?.batch === batch && header.namespace === ledger.keys.namespace) return path;
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error;
  return undefined;
}
