import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { MAX_BYTES, tooLarge } from './parse-result.ts';

/** What is needed of an open file; a `FileHandle` is one. */
export interface OpenFile {
  stat(): Promise<FileFacts>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
}

export interface FileFacts {
  readonly size: number;
  readonly mtimeMs: number;
  readonly nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export type FileBytes =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly message: string };

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
/** Follows no link, and waits for nobody at the other end of a pipe. */
export const READ_SAFELY = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const no = (message: string): FileBytes => ({ ok: false, message });

/**
 * The bytes of a regular file, through one handle, so that a link that is swapped meanwhile changes
 * nothing; or why not. Opening never waits: a pipe without a writer is refused at once.
 */
export async function readRegularFile(path: string): Promise<FileBytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ_SAFELY);
    return await readStable(handle);
  } catch (error) {
    return no(await failureText(path, codeOf(error)));
  } finally {
    await handle?.close();
  }
}

/** The bytes of an open file that does not change while it is read. */
export async function readStable(file: OpenFile): Promise<FileBytes> {
  const before = await file.stat();
  if (before.isDirectory()) return no('is a folder, not a regular file');
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
  if (after.nlink === 0) return no('was removed while it was read');
  const isSame = after.size === before.size && after.mtimeMs === before.mtimeMs;
  return isSame && read === bytes.length
    ? { ok: true, bytes }
    : no('changed while it was read; try again when it is complete');
}

const NOT_REGULAR = 'is not a regular file but a pipe, a device or a socket';

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ELOOP: 'is a symbolic link, not a regular file',
  ENOTDIR: 'does not exist: a part of its path is no folder',
  ENXIO: NOT_REGULAR,
  ENAMETOOLONG: 'has a name that is too long',
  EISDIR: 'is a folder, not a regular file',
  ERR_INVALID_ARG_VALUE: 'has a name that no file can have',
};

/** Why a file could not be opened or read, from the code of the error. */
export async function failureText(path: string, code: string): Promise<string> {
  if (code !== 'EACCES' && code !== 'EPERM') return FAILURES[code] ?? `cannot be read (${code})`;
  const facts = await stat(path).catch(() => undefined);
  const mode = facts && `, its mode is ${(facts.mode & 0o7777).toString(8).padStart(4, '0')}`;
  return `may not be read by user ${userName()}${mode ?? ''}; allow it, or run as its owner`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
