import type { Logger } from '../../shared/log/logger.ts';
import { type GenerationFile, openGenerationFile } from './generation-file.ts';

/** The highest generation of the ledger that this host knows of. */
export interface GenerationWatch {
  readonly seen: number;
  /** Resolves when the number will survive this process; a disk that fails is reported once. */
  note(generation: number): Promise<void>;
  /** Learns what workers of this host that are gone have kept; answers those that had kept something. */
  learnFrom(workerIds: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface WatchOptions {
  /** Where numbers are kept between two runs; without it they are kept in memory only. */
  readonly folder?: string;
  /** Names the ledger: Redis, namespace, account. */
  readonly ledger: string;
  readonly workerId: string;
  readonly log: Logger;
}

export async function watchGeneration(options: WatchOptions): Promise<GenerationWatch> {
  const file = await openFile(options);
  let seen = file?.highest ?? 0;
  let failed = false;
  const warn = (error: unknown): void => {
    if (!failed) options.log.warn({ err: error }, 'ledger generation not kept on disk');
    failed = true;
  };
  const note = async (generation: number): Promise<void> => {
    if (generation <= seen) return;
    seen = generation;
    await file?.keep(generation).catch(warn);
  };
  return {
    get seen() {
      return seen;
    },
    note,
    learnFrom: async (workerIds) => {
      const kept = (await file?.keptBy(workerIds).catch(() => undefined)) ?? new Map();
      await note(Math.max(0, ...kept.values()));
      return [...kept.keys()];
    },
    close: async () => file?.close().catch(() => undefined),
  };
}

/** A worker without a disk still works: it only cannot tell a rollback after all workers ended. */
async function openFile(options: WatchOptions): Promise<GenerationFile | undefined> {
  const { folder, ledger, workerId, log } = options;
  if (folder === undefined) return undefined;
  try {
    return await openGenerationFile(folder, ledger, workerId);
  } catch (error) {
    const text =
      'state folder not writable: a Redis rolled back while no worker runs goes unnoticed';
    log.warn({ err: error, folder }, text);
    return undefined;
  }
}
