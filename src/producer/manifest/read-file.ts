import type { Stats } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { codeOf } from '../../shared/errors/error-code.ts';

export const MAX_BYTES = 64_000_000;

export function tooLarge(size: number): string {
  return `is ${size} bytes long; the limit is ${MAX_BYTES}, split it into several files`;
}

/** The part of `FileHandle` that reading needs. */
export interface OpenFile {
  stat(): Promise<FileFacts>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
}

export type FileFacts = Pick<Stats, 'size' | 'mtimeMs' | 'nlink' | 'isFile' | 'isDirectory'>;

export type FileBytes =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly message: string };

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
/** Follows no link, and never waits for the other end of a pipe. */
export const READ_SAFELY = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const no = (message: string): FileBytes => ({ ok: false, message });

/**
 * The bytes of a regular file, or why they cannot be had. All checks use one handle, so swapping the
 * path for a link has no effect. Opening never waits: a pipe without a writer is refused at once.
 */
export async function readRegularFile(path: string): Promise<FileBytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ_SAFELY);
    return await readStable(handle);
  } catch (error) {
    return no(await failureText(path, codeOf(error) ?? 'unknown error'));
  } finally {
    await handle?.close();
  }
}

/** The bytes of an open file, unless it changes while it is being read. */
export async function readStable(file: OpenFile): Promise<FileBytes> {
  const before = await file.stat();
  if (before.isDirectory()) return no(FOLDER);
  if (!before.isFile()) return no(NOT_REGULAR);
  if (before.size > MAX_BYTES) return no(tooLarge(before.size));
  const bytes = new Uint8Array(before.size);
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  const after = await file.stat();
  if (after.nlink === 0) return no('was deleted while it was being read');
  const isSame = after.size === before.size && after.mtimeMs === before.mtimeMs;
  return isSame && read === bytes.length
    ? { ok: true, bytes }
    : no('changed while it was being read; try again once it is complete');
}

const FOLDER = 'is a folder, not a file';
const NOT_REGULAR = 'is not a regular file but a pipe, a device or a socket';

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is not a folder',
  ELOOP: 'is a symbolic link; name the file that it points to',
  ENXIO: NOT_REGULAR,
  ENAMETOOLONG: 'the file name is too long',
  EISDIR: FOLDER,
  ERR_INVALID_ARG_VALUE: 'is not a valid file name',
};

/** Why a file could not be opened or read, from the code of the error. */
export async function failureText(path: string, code: string): Promise<string> {
  if (code !== 'EACCES' && code !== 'EPERM') return FAILURES[code] ?? `cannot be read (${code})`;
  const facts = await stat(path).catch(() => undefined);
  const mode = facts && ` (its mode is ${(facts.mode & 0o7777).toString(8).padStart(4, '0')})`;
  return `user ${userName()} may not read it${mode ?? ''}; change its mode, or run as its owner`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}
