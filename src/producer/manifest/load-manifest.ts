import { constants, type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MAX_BYTES, type ParseResult, parseManifest } from './parse-manifest.ts';

/** Above this size a file is parsed beside the main thread: the parser reads 0.6 MB/s. */
const THREAD_BYTES = 256_000;

/**
 * Reads and checks one file. Only a regular file is read, through one handle, so that a link that is
 * swapped meanwhile changes nothing. Never throws for what a file can be.
 */
export async function loadManifest(path: string): Promise<ParseResult> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle;
  try {
    handle = await open(path, flags);
  } catch (error) {
    return refuse(path, openFailure(error));
  }
  try {
    const bytes = await readStable(handle);
    if (typeof bytes === 'string') return refuse(path, bytes);
    return bytes.length > THREAD_BYTES
      ? await parseInThread(bytes, path)
      : parseManifest(bytes, path);
  } catch (error) {
    return refuse(path, `cannot be read: ${codeOf(error)}`);
  } finally {
    await handle.close();
  }
}

function refuse(file: string, message: string): ParseResult {
  return { ok: false, issues: [{ file, line: 1, column: 1, field: '', message }], warnings: [] };
}

/** The bytes, or why they cannot be trusted. */
async function readStable(handle: FileHandle): Promise<Uint8Array | string> {
  const before = await handle.stat();
  if (before.isDirectory()) return 'is a folder, not a regular file';
  if (!before.isFile()) return 'is not a regular file (a pipe, a device or a socket)';
  if (before.size > MAX_BYTES) return `has ${before.size} bytes; allowed are ${MAX_BYTES}`;
  const bytes = await handle.readFile();
  const after = await handle.stat();
  const changed = after.size !== before.size || after.mtimeMs !== before.mtimeMs;
  return changed || bytes.length !== after.size
    ? 'changed while it was read; run again when it is complete'
    : bytes;
}

const OPEN_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user; check its owner and mode',
  EPERM: 'may not be read by this user; check its owner and mode',
  ELOOP: 'is a symbolic link, not a regular file',
  ENOTDIR: 'does not exist: a part of its path is no folder',
  ENXIO: 'is not a regular file (a pipe, a device or a socket)',
  ENAMETOOLONG: 'has a name that is too long',
  EISDIR: 'is a folder, not a regular file',
};

function openFailure(error: unknown): string {
  const code = codeOf(error);
  return OPEN_FAILURES[code] ?? `cannot be read: ${code}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

async function parseInThread(bytes: Uint8Array, file: string): Promise<ParseResult> {
  const script = new URL(`./parse-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(script, { workerData: { bytes, file } });
  try {
    return await new Promise<ParseResult>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the parser ended early')));
    });
  } finally {
    await worker.terminate();
  }
}
