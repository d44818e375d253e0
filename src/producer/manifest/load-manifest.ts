import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { codeOf } from '../../shared/errors/error-code.ts';
import type { ManifestImage } from '../../shared/image/image-request.ts';
import { checkManifest } from './check-manifest.ts';
import { decode } from './decode.ts';
import { capIssues, type ParseResult, refuse } from './issue.ts';
import { MAX_BYTES, readRegularFile, tooLarge } from './read-file.ts';
import { readYaml } from './read-yaml.ts';

/** Files above this size are parsed in a thread: the YAML parser reads about 2 MB/s. */
export const THREAD_BYTES = 256_000;

/** What the thread sends: the images in pieces, then the result without them. */
export type ThreadMessage =
  | { readonly part: 'images'; readonly images: readonly ManifestImage[] }
  | { readonly part: 'result'; readonly result: ParseResult };

const STOPPED = 'was not read to its end';

/** Reads and checks one file; `stop` ends that early. Reports every fault of the file, never throws. */
export async function loadManifest(path: string, stop?: AbortSignal): Promise<ParseResult> {
  const read = await readRegularFile(path);
  if (!read.ok) return refuse(path, read.message);
  return parseBytes(read.bytes, path, stop);
}

/** Checks a file that was read already. The bytes move to the thread: they are empty afterwards. */
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

/** A manifest from the bytes of its file, or everything that is wrong with it. Never throws. */
export function parseManifest(bytes: Uint8Array, file: string): ParseResult {
  if (bytes.length > MAX_BYTES) return refuse(file, tooLarge(bytes.length));
  const decoded = decode(bytes);
  if (!decoded.ok) return refuse(file, decoded.fault.message, decoded.fault);
  const yaml = readYaml(decoded.text);
  if (!yaml.ok) {
    const issues = yaml.faults.map((fault) => ({ file, ...fault }));
    return { ok: false, issues: capIssues(issues), warnings: [] };
  }
  if ((yaml.value ?? null) === null) return refuse(file, 'is empty: nothing to import');
  return checkManifest(yaml, file);
}

async function parseInThread(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  stop?: AbortSignal,
): Promise<ParseResult> {
  const size = bytes.length;
  // `.ts` in the sources, `.js` when compiled.
  const script = new URL(`./parse-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(script, { workerData: { bytes, file }, transferList: [bytes.buffer] });
  const end = (): void => void worker.terminate();
  stop?.addEventListener('abort', end);
  try {
    return await collect(worker);
  } catch (error) {
    if (stop?.aborted) return refuse(file, STOPPED);
    const isMemory = codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY';
    const why = isMemory ? 'needs more memory than there is' : 'cannot be parsed';
    return refuse(file, `${why} (${size} bytes); split it into several files`);
  } finally {
    stop?.removeEventListener('abort', end);
    await worker.terminate();
  }
}

/** Requests one piece after the other, so that the main thread is never busy for long. */
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
