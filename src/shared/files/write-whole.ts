import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../runtime/random.ts';

export interface WriteOptions {
  readonly random: Random;
  /** Who may read it. @default 0o644: everybody */
  readonly mode?: number;
}

/** A dotfile, so that nobody takes it for anything. */
function draftName(name: string, id: string): string {
  return `.${name}.${id}.ims-ferry`;
}

export function isDraftName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.ims-ferry');
}

/** Writes a file so that nobody ever reads half of it: a draft beside it, renamed into place. */
export async function writeWhole(
  path: string,
  pieces: Iterable<string>,
  { random, mode = 0o644 }: WriteOptions,
): Promise<void> {
  // In the same folder: renaming is one step within a file system only.
  const draft = join(dirname(path), draftName(basename(path), random.id(6)));
  try {
    const handle = await open(draft, 'wx', mode);
    await writeAll(handle, pieces);
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

/** Writes and closes; what can be on a disk is there then. */
export async function writeAll(handle: FileHandle, pieces: Iterable<string>): Promise<void> {
  try {
    // Not `write`, which may take a part of it only: a pipe has little room.
    for (const piece of pieces) await handle.writeFile(piece);
    // EINVAL: a pipe or a device has nothing to be put on a disk.
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP') throw error;
    });
  } finally {
    await handle.close();
  }
}
