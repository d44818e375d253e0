import { type FileHandle, lstat, open, readlink, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from '../errors/error-code.ts';
import type { Random } from '../runtime/random.ts';

interface WriteOptions {
  readonly random: Random;
  /** @default 0o644: readable by everyone */
  readonly mode?: number;
}

export function isDraftName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.ims-ferry');
}

/** Replaces a file atomically: a draft beside it is renamed into place, so nobody reads half of it. */
export async function writeWhole(
  path: string,
  pieces: Iterable<string>,
  { random, mode = 0o644 }: WriteOptions,
): Promise<void> {
  // Hidden, so that nothing picks it up. In the same folder: a rename is atomic within one file system only.
  const draft = join(dirname(path), `.${basename(path)}.${random.id(6)}.ims-ferry`);
  try {
    const handle = await open(draft, 'wx', mode);
    await writeAll(handle, pieces);
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

const NO_DISK = new Set<string | undefined>(['EINVAL', 'ENOTSUP']);

/** Writes, syncs to disk where there is one, and closes. */
export async function writeAll(handle: FileHandle, pieces: Iterable<string>): Promise<void> {
  try {
    // Not `write`, which may write only a part: a pipe has a small buffer.
    for (const piece of pieces) await handle.writeFile(piece);
    // Pipes and devices cannot be synced.
    await handle.sync().catch((error: unknown) => {
      if (!NO_DISK.has(codeOf(error))) throw error;
    });
  } finally {
    await handle.close();
  }
}

/**
 * Writes to any path that a person gives: a file is replaced atomically, also behind a link; a pipe or a
 * device is written to, never replaced.
 */
export async function writeAnywhere(
  path: string,
  pieces: Iterable<string>,
  options: WriteOptions,
): Promise<void> {
  const { target, isRegular } = await followLinks(path);
  if (isRegular) return writeWhole(target, pieces, options);
  // Appends: the shell may already have written to the file behind its standard output.
  await writeAll(await open(target, 'a'), pieces);
}

/** As many links as Linux follows. */
const MOST_LINKS = 40;
/** `/dev/stdout` and the like; `/dev/shm` holds files as any folder does. */
const STREAM = /^\/(?:dev\/(?:std(?:in|out|err)$|fd\/)|proc\/)/;

/** `isRegular`: a regular file, or nothing yet. */
async function followLinks(
  path: string,
  links = 0,
): Promise<{ readonly target: string; readonly isRegular: boolean }> {
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isSymbolicLink() || links > MOST_LINKS) {
    return { target: path, isRegular: facts === undefined || facts.isFile() };
  }
  // These links lead to something without a path, or that belongs to the shell.
  if (STREAM.test(resolve(path))) return { target: path, isRegular: false };
  return followLinks(resolve(dirname(path), await readlink(path)), links + 1);
}
