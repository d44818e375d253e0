import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { codeOf } from '../../shared/errors/error-code.ts';
import type { ManifestImage } from '../../shared/image/image-request.ts';
import { fillVariables, type Variables } from '../spelling/variables.ts';
import { checkManifest } from './check-manifest.ts';
import { decode } from './decode.ts';
import { capIssues, type IssueInFile, type ParseResult, refuse } from './issue.ts';
import { MAX_BYTES, readRegularFile, tooLarge } from './read-file.ts';
import { readText } from './read-text.ts';

/** Files above this size are parsed in a thread: the YAML parser reads about 2 MB/s. */
export const THREAD_BYTES = 256_000;

/** What the thread sends: the images in pieces, then the result without them. */
export type ThreadMessage =
  | { readonly part: 'images'; readonly images: readonly ManifestImage[] }
  | { readonly part: 'result'; readonly result: ParseResult };

const STOPPED = 'was not read to its end';

/** What is not in the file itself. */
export interface ReadOptions {
  /** Values of `${NAME}`; absent: such a text is a mistake. */
  readonly variables?: Variables;
  /** Name of the batch, instead of the one in the manifest or of its file. */
  readonly batch?: string;
}

interface Loading extends ReadOptions {
  /** Ends the reading early. */
  readonly stop?: AbortSignal | undefined;
}

/** Reads and checks one file. Reports every fault of the file, never throws. */
export async function loadManifest(path: string, loading: Loading = {}): Promise<ParseResult> {
  const read = await readRegularFile(path);
  if (!read.ok) return refuse(path, read.message);
  return parseBytes(read.bytes, path, loading);
}

/** Checks a file that was read already. The bytes move to the thread: they are empty afterwards. */
export async function parseBytes(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  loading: Loading = {},
): Promise<ParseResult> {
  if (loading.stop?.aborted) return refuse(path, STOPPED);
  return bytes.length > THREAD_BYTES
    ? parseInThread(bytes, path, loading)
    : parseManifest(bytes, path, loading);
}

/** A manifest from the bytes of its file, or everything that is wrong with it. Never throws. */
export function parseManifest(
  bytes: Uint8Array,
  file: string,
  { variables, batch }: ReadOptions = {},
): ParseResult {
  if (bytes.length > MAX_BYTES) return refuse(file, tooLarge(bytes.length));
  const decoded = decode(bytes);
  if (!decoded.ok) return refuse(file, decoded.fault.message, decoded.fault);
  const read = readText(decoded.text, file);
  if (!read.ok) return withFaults(file, read.faults);
  const { placeOf, note, isTable } = read;
  if ((read.value ?? null) === null) return refuse(file, 'is empty: nothing to import');
  const filled = variables ? fillVariables(read, variables) : read;
  if (!filled.ok) return withFaults(file, filled.faults);
  const result = checkManifest({ value: filled.value, placeOf }, { file, batch, isTable });
  return note ? { ...result, warnings: [{ file, ...note }, ...result.warnings] } : result;
}

function withFaults(file: string, faults: readonly IssueInFile[]): ParseResult {
  const issues = faults.map((fault) => ({ file, ...fault }));
  return { ok: false, issues: capIssues(issues), warnings: [] };
}

async function parseInThread(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  { stop, ...options }: Loading,
): Promise<ParseResult> {
  const size = bytes.length;
  // `.ts` in the sources, `.js` when compiled.
  const script = new URL(`./parse-thread${extname(import.meta.url)}`, import.meta.url);
  const workerData = { bytes, file, options };
  const worker = new Worker(script, { workerData, transferList: [bytes.buffer] });
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
