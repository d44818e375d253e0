import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../shared/errors/error-code.ts';
import { isDraftName, writeWhole } from '../../shared/files/write-file.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { formatDuration } from '../../ui/format.ts';
import { formatCounts } from '../progress.ts';
import {
  type ReceiptHead,
  type RejectedReceipt,
  readImages,
  receiptHead,
  receiptText,
} from './receipt.ts';
import { receiptName } from './scan-folder.ts';
import type { TrackedFile, WatchDeps, WatchOptions } from './watch-deps.ts';

/** A file that has just finished, and whether everything went well. */
interface FinishedFile {
  readonly file: TrackedFile;
  readonly ok: boolean;
}

interface Tracking {
  readonly file: TrackedFile;
  /** State of the batch when the receipt was last written. */
  stamp: string;
  /** Monotonic milliseconds. */
  writtenAt: number;
  /** When to try again after a receipt could not be written. */
  retryAt: number;
  finished: boolean;
  /** Its outcome was logged, although the receipt may not be written yet. */
  isLogged: boolean;
  /** The ledger has no such batch: it was archived, or Redis was emptied. */
  isGone: boolean;
}

/** Least time between two receipts of an unfinished file; a large one takes longer. */
const EVERY_MS = 5000;
const EVERY_MS_PER_IMAGE = 5;
/** How long to wait after a receipt could not be written. */
const RETRY_MS = 2000;
/** A draft that was not written for so long belongs to a writer that was killed. */
const OLD_DRAFT_MS = 10 * 60_000;

/** Keeps a receipt for every file until all of its images have their outcome, and after a retry. */
export class Receipts {
  readonly #deps: WatchDeps;
  readonly #options: WatchOptions;
  readonly #tracked = new Map<string, Tracking>();
  /** Receipts of refused files that could not be written yet. */
  readonly #owed = new Map<string, string>();
  #hasWarned = false;
  /** The folder of receipts existed at the last write. */
  #isReady = false;
  #owedTriedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WatchDeps, options: WatchOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** True while a file is unfinished. */
  get isBusy(): boolean {
    if (this.#owed.size > 0) return true;
    return [...this.#tracked.values()].some(({ finished, isGone }) => !finished && !isGone);
  }

  /** Names of the tracked files. */
  get names(): readonly string[] {
    return [...this.#tracked.keys()];
  }

  /** There is a newer version of the file, or none. */
  forget(name: string): void {
    this.#tracked.delete(name);
    this.#owed.delete(name);
  }

  /** True while the receipt of a refused file is still to be written. */
  isOwed(name: string): boolean {
    return this.#owed.has(name);
  }

  async reject(receipt: RejectedReceipt): Promise<void> {
    this.forget(receipt.file);
    const text = `${JSON.stringify(receipt, null, 2)}\n`;
    if (!(await this.#write(receipt.file, [text]))) this.#owed.set(receipt.file, text);
  }

  /** Tracks a file from now on; the next update writes its first receipt. */
  track(file: TrackedFile): void {
    const times = { writtenAt: Number.NEGATIVE_INFINITY, retryAt: Number.NEGATIVE_INFINITY };
    const is = { finished: false, isLogged: false, isGone: false };
    this.#tracked.set(file.name, { file, stamp: '', ...times, ...is });
  }

  /** Reads the batches, writes what has changed, and returns the files that have just finished. */
  async update(): Promise<readonly FinishedFile[]> {
    await this.#writeOwed();
    const finished: FinishedFile[] = [];
    const summaries = new Map<string, BatchSummary | undefined>();
    for (const tracking of this.#tracked.values()) {
      if (this.#deps.stopping.aborted) break;
      const { batch, cloud } = tracking.file;
      const name = JSON.stringify([cloud, batch]);
      const { batches } = await this.#deps.ledgerOf(cloud);
      if (!summaries.has(name)) summaries.set(name, await batches.summary(batch));
      const ended = await this.#updateOne(tracking, summaries.get(name));
      if (ended) finished.push(ended);
    }
    return finished;
  }

  async #updateOne(
    tracking: Tracking,
    summary: BatchSummary | undefined,
  ): Promise<FinishedFile | undefined> {
    const { file } = tracking;
    tracking.isGone = summary === undefined;
    // The receipt holds more than the ledger does by now.
    if (!summary || summary.archiving?.phase === 'removing') return undefined;
    const stamp = JSON.stringify([summary.counts, summary.finishedAt]);
    const now = this.#deps.clock.monotonic();
    const every = Math.max(EVERY_MS, EVERY_MS_PER_IMAGE * file.images.length);
    const isDue = summary.finishedAt !== undefined || now - tracking.writtenAt >= every;
    if (this.#hasWarned && now < tracking.retryAt) return undefined;
    if (stamp === tracking.stamp || !isDue) return undefined;
    const { ledger } = await this.#deps.ledgerOf(file.cloud);
    const found = await readImages(ledger, file.batch, file.images);
    // Some of them are in an archive.
    if (tracking.finished && found.images.length < file.images.length) return undefined;
    const head = receiptHead(file, found, this.#deps.clock.now());
    const isWritten = await this.#write(file.name, receiptText(head, found.images));
    const isFinished = head.state === 'finished';
    const isNew = isFinished && !tracking.finished;
    if (isNew && !tracking.isLogged) this.#logFinished(head);
    tracking.isLogged = isFinished;
    // The manifest is not moved before its receipt is there.
    tracking.retryAt = now + Math.max(RETRY_MS, EVERY_MS_PER_IMAGE * file.images.length);
    if (!isWritten) return undefined;
    Object.assign(tracking, { stamp, writtenAt: now, finished: isFinished });
    return isNew ? { file, ok: head.ok === true } : undefined;
  }

  #logFinished({ file, batch, counts, ok, taken_at, finished_at }: ReceiptHead): void {
    const took = Date.parse(finished_at ?? taken_at) - Date.parse(taken_at);
    const fields = { file, batch, outcome: formatCounts(counts), took: formatDuration(took) };
    if (ok === true) this.#deps.log.info(fields, 'manifest finished');
    else this.#deps.log.warn(fields, 'manifest finished; not every image is as it requests');
  }

  async #writeOwed(): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (this.#owed.size === 0 || now - this.#owedTriedAt < RETRY_MS) return;
    this.#owedTriedAt = now;
    for (const [name, text] of this.#owed) {
      if (await this.#write(name, [text])) this.#owed.delete(name);
    }
  }

  /** False when it could not be written: logged once, and tried again. */
  async #write(name: string, pieces: Iterable<string>): Promise<boolean> {
    const { random, log } = this.#deps;
    const { folder, receipts } = this.#options;
    const target = receipts ?? folder;
    try {
      // The folder of the manifests is never created: a share that is away must not be replaced.
      if (!this.#isReady && receipts !== undefined) await mkdir(receipts, { recursive: true });
      this.#isReady = true;
      await writeWhole(join(target, receiptName(name)), pieces, { random });
    } catch (error) {
      this.#isReady = false;
      if (this.#hasWarned) return false;
      this.#hasWarned = true;
      const code = codeOf(error);
      const isFull = code === 'ENOSPC' || code === 'EDQUOT';
      const what = isFull ? 'free space on its disk, or name another' : 'name a';
      const advice = `imports continue, and receipts are retried; ${what} folder for receipts with --receipts`;
      log.warn({ folder: target, code, advice }, 'receipts cannot be written');
      return false;
    }
    if (this.#hasWarned) log.info({ folder: target }, 'receipts are written again');
    this.#hasWarned = false;
    return true;
  }
}

/** Removes the drafts of writers that were killed. */
export async function removeOldDrafts(folder: string, now: number): Promise<void> {
  for (const name of (await readdir(folder).catch(() => [])).filter(isDraftName)) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && now - facts.mtimeMs > OLD_DRAFT_MS) await unlink(path).catch(() => undefined);
  }
}
