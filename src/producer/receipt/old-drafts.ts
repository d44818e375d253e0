import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDraftName } from '../../shared/files/write-file.ts';

const OLD_MS = 10 * 60_000;

/** Removes the drafts of writers that were killed: those of which nothing was heard for 10 minutes. */
export async function removeOldDrafts(folder: string, now: number): Promise<void> {
  for (const name of (await readdir(folder).catch(() => [])).filter(isDraftName)) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && now - facts.mtimeMs > OLD_MS) await unlink(path).catch(() => undefined);
  }
}
