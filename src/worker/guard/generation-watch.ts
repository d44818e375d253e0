import type { Logger } from '../../shared/log/logger.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import {
  type GenerationFile,
  type GenerationPlace,
  openGenerationFile,
} from './generation-file.ts';

/** The highest generation of the ledger that this host knows of. */
export interface GenerationWatch {
  readonly seen: number;
  /** False: what this worker's file holds may be older than what it has seen; nobody may speak for it. */
  readonly isKept: boolean;
  /**
   * Resolves with true when the number will survive this process, with false when it may not: a disk that
   * fails is reported once.
   */
  note(generation: number): Promise<boolean>;
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
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly open?: GenerationPlace['open'];
}

/** A worker without a disk still works. */
const ADVICE =
  'the imports go on; while it is so, a Redis that is put back to an older state while no worker runs goes unnoticed. Make room, or name another folder with IMS_FERRY_STATE_DIR';

export async function watchGeneration(options: WatchOptions): Promise<GenerationWatch> {
  const { folder, log } = options;
  let failed = false;
  const warn = (error: unknown): void => {
    if (!failed)
      log.warn({ err: error, folder, advice: ADVICE }, 'ledger generation not kept on disk');
    failed = true;
  };
  const opened = async (): Promise<GenerationFile | undefined> =>
    folder === undefined ? undefined : openGenerationFile({ ...options, folder });
  let file = await opened().catch((error: unknown) => void warn(error));
  let seen = file?.highest ?? 0;
  let opening: Promise<GenerationFile | undefined> | undefined;
  const keep = async (): Promise<void> => {
    // A disk that was full when this worker began may have room by now.
    opening ??= file ? Promise.resolve(file) : opened();
    opening.catch(() => {
      opening = undefined;
    });
    file = await opening;
    seen = Math.max(seen, file?.highest ?? 0);
    await file?.keep(seen);
    if (failed) log.info({ folder }, 'ledger generation is kept on disk again');
    failed = false;
  };
  const note = async (generation: number): Promise<boolean> => {
    seen = Math.max(seen, generation);
    // Also where it was seen before: another call may still be writing it.
    return keep().then(
      () => true,
      (error: unknown) => {
        warn(error);
        return false;
      },
    );
  };
  return {
    get seen() {
      return seen;
    },
    get isKept() {
      return !failed;
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
