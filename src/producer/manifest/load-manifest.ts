import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ManifestImage } from '../../shared/image/image-request.ts';
import { parseManifest } from './parse-manifest.ts';
import { type ParseResult, refuse } from './parse-result.ts';
import { readRegularFile } from './read-file.ts';

/** Above this size a file is parsed beside the main thread: the YAML parser reads about 1 MB/s. */
export const THREAD_BYTES = 256_000;

/** What the thread sends: the result, its images cut into pieces. */
export type ThreadMessage =
  | { readonly part: 'images'; readonly images: readonly ManifestImage[] }
  | { readonly part: 'result'; readonly result: ParseResult };

const STOPPED = 'was not read to its end';

/** Reads and checks one file; `stop` ends that early. Never throws for what a file can be. */
export async function loadManifest(path: string, stop?: AbortSignal): Promise<ParseResult> {
  const read = await readRegularFile(path);
  if (!read.ok) return refuse(path, read.message);
  return parseBytes(read.bytes, path, stop);
}

/** The same for a file that was read already. Its bytes are given away: they are empty afterwards. */
export async function parseBytes(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  stop?: AbortSignal,
): Promise<ParseResult> {
  if (stop?.aborted) return refuse(path, STOPPED);
  return bytes.length > THREAD_BYTES
    ? parseInThread(bytes, path, stop)
    : parseManifest(bytes, path);
}

/** The same from the sources (`.ts`) and compiled (`.js`). */
function startThread(bytes: Uint8Array<ArrayBuffer>, file: string): Worker {
  const script = new URL(`./parse-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(script, { workerData: { bytes, file }, transferList: [bytes.buffer] });
}

async function parseInThread(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  stop?: AbortSignal,
): Promise<ParseResult> {
  const size = bytes.length;
  const worker = startThread(bytes, file);
  const end = (): void => void worker.terminate();
  stop?.addEventListener('abort', end);
  try {
    return await collect(worker);
  } catch (error) {
    if (stop?.aborted) return refuse(file, STOPPED);
    const isMemory =
      error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const why = isMemory ? 'needs more memory than there is' : 'cannot be parsed';
    return refuse(file, `${why} (${size} bytes); split it into several files`);
  } finally {
    stop?.removeEventListener('abort', end);
    await worker.terminate();
  }
}

/** Pieces come one at a time, on request, so that the main thread is never busy for long. */
function collect(worker: Worker): Promise<ParseResult> {
  const images: ManifestImage[] = [];
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.part === 'images') {
        for (const image of message.images) images.push(image);
        worker.postMessage('next');
      } else {
        const { result } = message;
        resolve(result.ok ? { ...result, manifest: { ...result.manifest, images } } : result);
      }
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the parser ended early')));
  });
}
