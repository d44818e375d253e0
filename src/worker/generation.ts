import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../shared/config/config.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { GuardReport, GuardStore, Holder } from '../shared/ledger/guard-store.ts';
import { type ProjectStore, refuseNewer } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { type Intents, sendBudgetMs } from './intents.ts';

/** The highest generation of the ledger that this host knows of. */
export interface GenerationWatch {
  readonly seen: number;
  /** False: this worker's file may hold less than it has seen; nobody may speak for it. */
  readonly isKept: boolean;
  /**
   * Resolves with true when the number will survive this process, with false when it may not. A disk that
   * fails is reported once.
   */
  note(generation: number): Promise<boolean>;
  /** Learns what workers of this host that are gone have kept; returns those that had kept something. */
  learnFrom(workerIds: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface WatchOptions extends Omit<FileOptions, 'folder'> {
  /** Where numbers are kept between two runs; without it they are kept in memory only. */
  readonly folder?: string;
  readonly log: Logger;
}

/** A worker without a disk still works. */
const ADVICE =
  'imports continue; meanwhile, a Redis that is restored to an older state while no worker runs goes unnoticed. Free up space, or choose another folder with IMS_FERRY_STATE_DIR';

export async function watchGeneration(options: WatchOptions): Promise<GenerationWatch> {
  const { folder, log } = options;
  let failed = false;
  const warn = (error: unknown): void => {
    if (!failed)
      log.warn({ err: error, folder, advice: ADVICE }, 'ledger generation not kept on disk');
    failed = true;
  };
  const opened = async (): Promise<GenerationFile | undefined> =>
    folder === undefined ? undefined : GenerationFile.open({ ...options, folder });
  let file = await opened().catch((error: unknown) => void warn(error));
  let seen = file?.highest ?? 0;
  let opening: Promise<GenerationFile | undefined> | undefined;
  const keep = async (): Promise<void> => {
    // A disk that was full when this worker started may have space by now.
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
    try {
      // Also where it was seen before: another call may still be writing it.
      await keep();
      return true;
    } catch (error) {
      warn(error);
      return false;
    }
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

interface FileOptions {
  readonly folder: string;
  /** Names the ledger: Redis, namespace, account. */
  readonly ledger: string;
  readonly workerId: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Absent: the file system's own. */
  readonly open?: (path: string, flags: string, mode?: number) => Promise<fs.FileHandle>;
}

const DIGITS = 16;
/** Files of workers that are gone are deleted after this time. */
const OLD_MS = 30 * 86_400_000;

/**
 * A number on this host's disk that only grows. Each worker has a file of its own; if somebody deletes it, it
 * is written again.
 */
class GenerationFile {
  readonly #options: FileOptions;
  /** Each worker's file is named by the ledger and the worker. */
  readonly #prefix: string;
  /** The highest number that a worker of this host has kept for this ledger; 0 when there is none. */
  highest = 0;
  #handle: fs.FileHandle | undefined;
  #written = -1;
  #flushing: Promise<void> = Promise.resolve();

  private constructor(options: FileOptions) {
    this.#options = options;
    const name = createHash('sha256').update(options.ledger).digest('hex').slice(0, 16);
    this.#prefix = `${name}-`;
  }

  /**
   * Opens this worker's own file, and reads what other workers of this host have left.
   * @throws Error when the folder cannot be written
   */
  static async open(options: FileOptions): Promise<GenerationFile> {
    const file = new GenerationFile(options);
    await fs.mkdir(options.folder, { recursive: true, mode: 0o700 });
    file.highest = await file.#readHighest();
    await file.keep(file.highest).catch(async (error: unknown) => {
      await file.close().catch(() => undefined);
      throw error;
    });
    return file;
  }

  /** Resolves when the number, or a higher one, is on the disk. */
  keep(generation: number): Promise<void> {
    const next = this.#flushing.then(() => this.#write(generation));
    this.#flushing = next.catch(() => undefined);
    return next;
  }

  /** What the named workers of this host have kept, of those that left a whole number. */
  async keptBy(workerIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const kept = new Map<string, number>();
    for (const workerId of workerIds) {
      const generation = await readNumber(this.#pathOf(workerId));
      if (generation !== undefined) kept.set(workerId, generation);
    }
    return kept;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#closeHandle();
  }

  #pathOf(workerId: string): string {
    return join(this.#options.folder, `${this.#prefix}${workerId}`);
  }

  async #write(generation: number): Promise<void> {
    if (this.#handle && !(await exists(this.#handle))) await this.#closeHandle();
    this.#handle ??= await this.#openHandle();
    if (generation <= this.#written) return;
    // One write of fixed length at the start: a crash leaves the old number or the new one.
    const text = String(generation).padStart(DIGITS, '0');
    const { bytesWritten } = await this.#handle.write(text, 0);
    if (bytesWritten < DIGITS) throw new Error(`only ${bytesWritten} bytes of the number fit`);
    await this.#handle.datasync();
    this.#written = generation;
  }

  async #openHandle(): Promise<fs.FileHandle> {
    const { open = fs.open, folder, workerId } = this.#options;
    const handle = await open(this.#pathOf(workerId), 'w', 0o600);
    this.#written = -1;
    // The name of the file has to survive a power cut as well.
    const names = await fs.open(folder, 'r');
    await names.sync().finally(() => names.close());
    return handle;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Files that hold less than the highest number, and are old, are not needed any more. */
  async #readHighest(): Promise<number> {
    const { folder, clock } = this.#options;
    const names = (await fs.readdir(folder)).filter((name) => name.startsWith(this.#prefix));
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        return { path, generation: (await readNumber(path)) ?? 0 };
      }),
    );
    const highest = Math.max(0, ...found.map(({ generation }) => generation));
    const lower = found.filter(({ generation }) => generation < highest);
    await Promise.all(lower.map(({ path }) => removeOld(path, clock.now() - OLD_MS)));
    return highest;
  }
}

async function exists(handle: fs.FileHandle): Promise<boolean> {
  const { nlink } = await handle.stat().catch(() => ({ nlink: 0 }));
  return nlink > 0;
}

/** Those of living workers are younger, and written again if a clock that jumped suggests otherwise. */
async function removeOld(path: string, oldMs: number): Promise<void> {
  const { mtimeMs } = await fs.stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  if (mtimeMs < oldMs) await fs.rm(path, { force: true });
}

/** `undefined` for a file that does not exist, or holds no whole number: it proves nothing. */
async function readNumber(path: string): Promise<number | undefined> {
  const text = await fs.readFile(path, 'utf8').catch(() => '');
  return text.length === DIGITS && /^\d+$/.test(text) ? Number(text) : undefined;
}

interface ReportDeps {
  readonly config: Config;
  readonly workerId: string;
  readonly generation: GenerationWatch;
  readonly intents: Intents;
  readonly guard: GuardStore;
  readonly project: ProjectStore;
  readonly clock: FleetClock;
  readonly log: Logger;
}

/**
 * Reports to Redis what this worker has seen and how safe its intents are, and learns what the others have
 * seen. Freezes a ledger that is behind.
 * @throws LedgerMismatchError when a newer version has taken the ledger over
 */
export async function reportGeneration(deps: ReportDeps): Promise<void> {
  const { generation, intents, workerId, config } = deps;
  const isSafe = await intents.check();
  const { isKept } = generation;
  const holder = { workerId, isSafe, isKept, windowMs: lossWindowMs(config) };
  intents.registering(holder);
  const first = await report(deps, holder);
  intents.registered(first.wasKnown, holder);
  if (first.missing.length === 0) return;
  // What those of this host knew is on its disk, and they are gone: they would have reported it themselves.
  const speaksFor = await generation.learnFrom(first.missing);
  if (speaksFor.length > 0) await report(deps, { ...holder, speaksFor });
}

interface LossConfig extends Pick<Config, 'lockMs'> {
  readonly unknown: Pick<Config['unknown'], 'windowMs'>;
}

/** How long creates wait where an intent may be lost: it could have been sent until its time was over. */
export function lossWindowMs({ unknown, lockMs }: LossConfig): number {
  return unknown.windowMs + sendBudgetMs(lockMs);
}

async function report(
  { guard, generation, project, clock, log }: ReportDeps,
  holder: Omit<Holder, 'seen'>,
): Promise<GuardReport> {
  const { seen } = generation;
  const answer = await guard.report({ ...holder, seen });
  refuseNewer(answer.schema);
  if (answer.isNews) {
    await project.others.explainAll();
    const until = new Date(clock.wall.now() + answer.frozenMs).toISOString();
    log.error(
      { seen, until },
      'Redis has lost writes: no create before about this time, and before the image list was scanned',
    );
  }
  await generation.note(answer.generation);
  return answer;
}
