import { createHash } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/runtime/clock.ts';

/** A number on this host's disk that only grows. */
export interface GenerationFile {
  /** The highest number that a worker of this host has kept for this ledger; 0 when there is none. */
  readonly highest: number;
  /** Resolves when the number, or a higher one, is on the disk. */
  keep(generation: number): Promise<void>;
  /** What workers of this host have kept, of those that are named and have left a whole number. */
  keptBy(workerIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export interface GenerationPlace {
  readonly folder: string;
  /** Names the ledger (Redis, namespace, account). */
  readonly ledger: string;
  readonly workerId: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Absent: the file system's own. */
  readonly open?: ((path: string, flags: string, mode?: number) => Promise<FileHandle>) | undefined;
}

const DIGITS = 16;
/** Files of workers that are gone are cleaned up after so long. */
const OLD_MS = 30 * 86_400_000;

/**
 * Opens this worker's own file; what other workers of this host have left is read.
 * @throws Error when the folder cannot be written
 */
export async function openGenerationFile(place: GenerationPlace): Promise<GenerationFile> {
  const { folder, ledger, workerId, clock } = place;
  const prefix = `${createHash('sha256').update(ledger).digest('hex').slice(0, 16)}-`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const highest = await readHighest(folder, prefix, clock.now() - OLD_MS);
  const own = new OwnFile(place, join(folder, `${prefix}${workerId}`));
  let flushing: Promise<void> = Promise.resolve();
  const keep = (generation: number): Promise<void> => {
    const next = flushing.then(() => own.write(generation));
    flushing = next.catch(() => undefined);
    return next;
  };
  const close = async (): Promise<void> => {
    await flushing;
    await own.close();
  };
  await keep(highest).catch(async (error: unknown) => {
    await close().catch(() => undefined);
    throw error;
  });
  return { highest, keep, keptBy: (workerIds) => readKept(folder, prefix, workerIds), close };
}

/** One worker's number. Somebody may delete the file: it is written again then. */
class OwnFile {
  readonly #place: GenerationPlace;
  readonly #path: string;
  #handle: FileHandle | undefined;
  #written = -1;

  constructor(place: GenerationPlace, path: string) {
    this.#place = place;
    this.#path = path;
  }

  async write(generation: number): Promise<void> {
    if (this.#handle && !(await isThere(this.#handle))) await this.close();
    this.#handle ??= await this.#open();
    if (generation <= this.#written) return;
    // One write of fixed length at the start: a crash leaves the old number or the new one.
    const text = String(generation).padStart(DIGITS, '0');
    const { bytesWritten } = await this.#handle.write(text, 0);
    if (bytesWritten < DIGITS) throw new Error(`only ${bytesWritten} bytes of the number fit`);
    await this.#handle.datasync();
    this.#written = generation;
  }

  async #open(): Promise<FileHandle> {
    const { open = openFile, folder } = this.#place;
    const handle = await open(this.#path, 'w', 0o600);
    this.#written = -1;
    // The name of the file has to survive a power cut as well.
    const names = await openFile(folder, 'r');
    await names.sync().finally(() => names.close());
    return handle;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

async function isThere(handle: FileHandle): Promise<boolean> {
  const { nlink } = await handle.stat().catch(() => ({ nlink: 0 }));
  return nlink > 0;
}

/** Of files that hold less than the highest number, and are old, nothing is needed any more. */
async function readHighest(folder: string, prefix: string, oldMs: number): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map(async (name) => ({ name, generation: (await readNumber(join(folder, name))) ?? 0 })),
  );
  const highest = found.reduce((most, { generation }) => Math.max(most, generation), 0);
  const lower = found.filter(({ generation }) => generation < highest);
  await Promise.all(lower.map(({ name }) => removeOld(join(folder, name), oldMs)));
  return highest;
}

/** Those of living workers are younger, and written again if a clock that jumped says otherwise. */
async function removeOld(file: string, oldMs: number): Promise<void> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  if (mtimeMs < oldMs) await rm(file, { force: true });
}

async function readKept(
  folder: string,
  prefix: string,
  workerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const kept = new Map<string, number>();
  for (const workerId of workerIds) {
    const generation = await readNumber(join(folder, `${prefix}${workerId}`));
    if (generation !== undefined) kept.set(workerId, generation);
  }
  return kept;
}

/** `undefined` for a file that is not there, or holds no whole number: it says nothing. */
async function readNumber(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.length === DIGITS && /^\d+$/.test(text) ? Number(text) : undefined;
}
