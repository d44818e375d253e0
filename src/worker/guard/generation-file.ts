import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A number on this host's disk that only grows. */
export interface GenerationFile {
  /** The highest number that a worker of this host has kept for this ledger; 0 when there is none. */
  readonly highest: number;
  /** Resolves when the number is on the disk. */
  keep(generation: number): Promise<void>;
  /** What workers of this host have kept, of those that are named and have left something. */
  keptBy(workerIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const DIGITS = 16;

/**
 * Opens this worker's own file; what other workers of this host have left is read, and cleaned up
 * where it is lower. `ledger` names the ledger (Redis, namespace, account).
 * @throws Error when the folder cannot be written
 */
export async function openGenerationFile(
  folder: string,
  ledger: string,
  workerId: string,
): Promise<GenerationFile> {
  const prefix = `${createHash('sha256').update(ledger).digest('hex').slice(0, 16)}-`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const highest = await readHighest(folder, prefix);
  const handle = await open(join(folder, `${prefix}${workerId}`), 'w', 0o600);
  let written = 0;
  let flushing: Promise<void> = Promise.resolve();
  const flush = async (generation: number): Promise<void> => {
    if (generation <= written) return;
    // One write of fixed length at the start: a crash leaves the old number or the new one.
    await handle.write(String(generation).padStart(DIGITS, '0'), 0);
    await handle.datasync();
    written = generation;
  };
  const keep = (generation: number): Promise<void> => {
    const next = flushing.then(() => flush(generation));
    flushing = next.catch(() => undefined);
    return next;
  };
  await keep(highest).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  return {
    highest,
    keep,
    keptBy: (workerIds) => readKept(folder, prefix, workerIds),
    close: async () => {
      await flushing;
      await handle.close();
    },
  };
}

/** Of files that hold less than the highest number nothing is needed any more. */
async function readHighest(folder: string, prefix: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map(async (name) => ({ name, generation: await readNumber(join(folder, name)) })),
  );
  const highest = found.reduce((most, { generation }) => Math.max(most, generation), 0);
  const lower = found.filter(({ generation }) => generation < highest);
  await Promise.all(lower.map(({ name }) => rm(join(folder, name), { force: true })));
  return highest;
}

async function readKept(
  folder: string,
  prefix: string,
  workerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const there = new Set(await readdir(folder));
  const left = workerIds.filter((workerId) => there.has(`${prefix}${workerId}`));
  const kept = left.map(async (workerId) => {
    return [workerId, await readNumber(join(folder, `${prefix}${workerId}`))] as const;
  });
  return new Map(await Promise.all(kept));
}

async function readNumber(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}
