import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const PART = '.part';
const OLD_MS = 24 * 3_600_000;
/** File systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Writes a compressed file that is there as a whole or not at all, for its owner alone. A file of this
 * name is never overwritten.
 * @throws EEXIST when there is one, and what the folder says
 */
export async function writeCompressed(path: string, text: AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}${PART}`;
  try {
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    // One page in memory, not sixteen.
    await pipeline(Readable.from(text, { highWaterMark: 1 }), createGzip(), file);
    await linkInto(draft, path);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  await syncFolder(dirname(path));
}

/** Unlike renaming, a link replaces nothing. */
async function linkInto(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error))) throw error;
    const isThere = await lstat(path).catch(() => undefined);
    if (isThere)
      throw Object.assign(new Error('it is there already'), { code: 'EEXIST', syscall: 'link' });
    await rename(draft, path);
  }
}

/** The name of a file is in its folder: that has to be on the disk, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot do it.
  } finally {
    await handle.close();
  }
}

/** Removes what was half written by processes that were killed, once nothing was heard of it for a day. */
export async function removeOldParts(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.endsWith(`.jsonl.gz${PART}`))) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && now - facts.mtimeMs > OLD_MS) await unlink(path).catch(() => undefined);
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}

/** `spring-migration.2026-05-01.k3J9….jsonl.gz`: no two archives have one name. */
export function archiveName(
  batch: string,
  at: { readonly now: number; readonly id: string },
): string {
  const day = new Date(at.now).toISOString().slice(0, 10);
  return `${batch.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.${day}.${at.id}.jsonl.gz`;
}
