import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../../shared/runtime/random.ts';

/** A dotfile, so that nobody takes it for anything. */
function draftName(name: string, id: string): string {
  return `.${name}.${id}.ims-ferry`;
}

function isDraftName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.ims-ferry');
}

/** Writes a file so that nobody ever reads half of it: a draft beside it, renamed into place. */
export async function writeWhole(
  path: string,
  pieces: Iterable<string>,
  random: Random,
): Promise<void> {
  const draft = join(dirname(path), draftName(basename(path), random.id(6)));
  try {
    const handle = await open(draft, 'wx', 0o644);
    await writeAll(handle, pieces);
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

async function writeAll(handle: FileHandle, pieces: Iterable<string>): Promise<void> {
  try {
    for (const piece of pieces) await handle.write(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const OLD_MS = 10 * 60_000;

/** Removes the drafts of writers that were killed: those of which nothing was heard for 10 minutes. */
export async function removeOldDrafts(folder: string, now: number): Promise<void> {
  for (const name of (await readdir(folder).catch(() => [])).filter(isDraftName)) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && now - facts.mtimeMs > OLD_MS) await unlink(path).catch(() => undefined);
  }
}
