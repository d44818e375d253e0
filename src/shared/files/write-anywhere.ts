import { lstat, open, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type WriteOptions, writeAll, writeWhole } from './write-whole.ts';

/** As many links may lead to a file as Linux follows. */
const MOST_LINKS = 40;

/**
 * Writes to where a person points: a file becomes whole in one step, also behind a link; a pipe or a
 * device is written through, never replaced.
 */
export async function writeAnywhere(
  path: string,
  pieces: Iterable<string>,
  options: WriteOptions,
): Promise<void> {
  const { target, isRegular } = await behindLinks(path);
  if (isRegular) return writeWhole(target, pieces, options);
  // Behind what the shell has written already, where its standard output is a file.
  await writeAll(await open(target, 'a'), pieces);
}

/** `/dev/stdout` and the like; `/dev/shm` holds files as any folder does. */
const STREAM = /^\/(?:dev\/(?:std(?:in|out|err)$|fd\/)|proc\/)/;

interface Target {
  readonly target: string;
  /** A regular file, or nothing yet. */
  readonly isRegular: boolean;
}

async function behindLinks(path: string, links = 0): Promise<Target> {
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isSymbolicLink() || links > MOST_LINKS) {
    return { target: path, isRegular: facts === undefined || facts.isFile() };
  }
  // What these lead to has no path, or belongs to the shell that opened it.
  if (STREAM.test(resolve(path))) return { target: path, isRegular: false };
  return behindLinks(resolve(dirname(path), await readlink(path)), links + 1);
}
