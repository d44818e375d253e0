import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../shared/files/write-whole.ts';
import type { BatchSummary } from '../../shared/ledger/batch-ledger.ts';
import { formatDuration } from '../../ui/format.ts';
import { formatCounts } from '../progress.ts';
import { readImages } from '../receipt/read-images.ts';
import {
  type ReceiptHead,
  type RejectedReceipt,
  receiptText,
  rejectedText,
} from '../receipt/receipt.ts';
import { receiptName } from './file-names.ts';
import { receiptHead } from './receipt-head.ts';
import type { TrackedFile, WatchDeps, WatchOptions } from './watch-deps.ts';

/** A file that has come to rest, and whether all went well. */
export interface FinishedFile {
  readonly file: TrackedFile;
  readonly ok: boolean;
}

interface Tracking {
  readonly file: TrackedFile;
  /** What the batch looked like when the receipt was written last. */
  stamp: string;
  /** Monotonic milliseconds. */
  writtenAt: number;
  /** Not before that where receipts cannot be written. */
  againAt: number;
  finished: boolean;
  /** Its outcome was told, although the receipt may not be written yet. */
  isTold: boolean;
  /** The ledger has no such batch: it was archived, or Redis was emptied. */
  isGone: boolean;
}

/** Shortest time between two receipts of a file that is under way; a large one takes its time. */
const EVERY_MS = 5000;
const EVERY_MS_AN_IMAGE = 5;
/** How long a folder that took no receipt is left alone. */
const AGAIN_MS = 2000;

/** Keeps a receipt for every file, until all of its images have their outcome, and after a retry. */
export class Receipts {
  readonly #deps: WatchDeps;
  readonly #options: WatchOptions;
  readonly #tracked = new Map<string, Tracking>();
  /** Of refused files, that could not be written yet. */
  readonly #refused = new Map<string, RejectedReceipt>();
  #hasWarned = false;
  /** The folder of receipts was there when it was looked at last. */
  #isReady = false;
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WatchDeps, options: WatchOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** True while something is under way. */
  get isBusy(): boolean {
    if (this.#refused.size > 0) return true;
    return [...this.#tracked.values()].some(({ finished, isGone }) => !finished && !isGone);
  }

  /** Names of files that are followed. */
  get names(): readonly string[] {
    return [...this.#tracked.keys()];
  }

  /** A newer version of the file, or none, has taken its place. */
  forget(name: string): void {
    this.#tracked.delete(name);
    this.#refused.delete(name);
  }

  /** True while the receipt of a refused file is still to be written. */
  owes(name: string): boolean {
    return this.#refused.has(name);
  }

  async reject(receipt: RejectedReceipt): Promise<void> {
    this.forget(receipt.file);
    if (await this.#write(receipt.file, [rejectedText(receipt)])) return;
    this.#refused.set(receipt.file, receipt);
  }

  /** Follows a file from now on; its first receipt is written with the next look. */
  track(file: TrackedFile): void {
    const writtenAt = Number.NEGATIVE_INFINITY;
    const fresh = { againAt: writtenAt, finished: false, isTold: false, isGone: false };
    this.#tracked.set(file.name, { file, stamp: '', writtenAt, ...fresh });
  }

  /** Looks at the batches, writes what has changed, and answers the files that have just finished. */
  async look(): Promise<readonly FinishedFile[]> {
    await this.#writeRefused();
    const finished: FinishedFile[] = [];
    const summaries = new Map<string, BatchSummary | undefined>();
    for (const tracking of this.#tracked.values()) {
      if (this.#deps.stopping.aborted) break;
      const { batch, cloud } = tracking.file;
      const name = JSON.stringify([cloud, batch]);
      const { batches } = await this.#deps.ledgerOf(cloud);
      if (!summaries.has(name)) summaries.set(name, await batches.summary(batch));
      const ended = await this.#lookAt(tracking, summaries.get(name));
      if (ended) finished.push(ended);
    }
    return finished;
  }

  async #lookAt(
    tracking: Tracking,
    summary: BatchSummary | undefined,
  ): Promise<FinishedFile | undefined> {
    const { file } = tracking;
    tracking.isGone = summary === undefined;
    // What the receipt says is more than the ledger knows.
    if (!summary || summary.archiving?.phase === 'removing') return undefined;
    const stamp = JSON.stringify([summary.counts, summary.finishedAt]);
    const now = this.#deps.clock.monotonic();
    const every = Math.max(EVERY_MS, EVERY_MS_AN_IMAGE * file.images.length);
    const isDue = summary.finishedAt !== undefined || now - tracking.writtenAt >= every;
    // Where the last one could not be written each look would try in vain.
    if (this.#hasWarned && now < tracking.againAt) return undefined;
    if (stamp === tracking.stamp || !isDue) return undefined;
    const { ledger } = await this.#deps.ledgerOf(file.cloud);
    const found = await readImages(ledger, file.batch, file.images);
    // Some of them went into an archive.
    if (tracking.finished && found.images.length < file.images.length) return undefined;
    const head = receiptHead(file, found, this.#deps.clock.now());
    const isWritten = await this.#write(file.name, receiptText(head, found.images));
    const isFinished = head.state === 'finished';
    if (isFinished && !tracking.finished && !tracking.isTold) this.#tell(head);
    tracking.isTold = isFinished;
    // Tried again with the next look that may; the manifest stays until its receipt is there.
    tracking.againAt = now + Math.max(AGAIN_MS, EVERY_MS_AN_IMAGE * file.images.length);
    if (!isWritten) return undefined;
    tracking.stamp = stamp;
    tracking.writtenAt = now;
    const wasFinished = tracking.finished;
    tracking.finished = isFinished;
    return isFinished && !wasFinished ? { file, ok: head.ok === true } : undefined;
  }

  #tell({ file, batch, counts, ok, taken_at, finished_at }: ReceiptHead): void {
    const took = Date.parse(finished_at ?? taken_at) - Date.parse(taken_at);
    const fields = { file, batch, outcome: formatCounts(counts), took: formatDuration(took) };
    if (ok === true) this.#deps.log.info(fields, 'manifest finished');
    else this.#deps.log.warn(fields, 'manifest finished, not everything is as it asks for');
  }

  /** That of the manifests is not ours to make: a share that is away must not be replaced. */
  async #makeFolder(): Promise<void> {
    const { receipts } = this.#options;
    if (receipts !== undefined) await mkdir(receipts, { recursive: true });
    this.#isReady = true;
  }

  async #writeRefused(): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (this.#refused.size === 0 || now - this.#refusedAt < AGAIN_MS) return;
    this.#refusedAt = now;
    for (const [name, receipt] of this.#refused) {
      if (await this.#write(name, [rejectedText(receipt)])) this.#refused.delete(name);
    }
  }

  /** False when it could not be written: said once, and tried again. */
  async #write(name: string, pieces: Iterable<string>): Promise<boolean> {
    const { random, log } = this.#deps;
    const folder = this.#options.receipts ?? this.#options.folder;
    try {
      if (!this.#isReady) await this.#makeFolder();
      await writeWhole(join(folder, receiptName(name)), pieces, { random });
    } catch (error) {
      this.#isReady = false;
      if (this.#hasWarned) return false;
      this.#hasWarned = true;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const what =
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'make room on its disk, or name another'
          : 'name a';
      const advice = `the imports go on, and receipts are tried again; ${what} folder for receipts with --receipts`;
      log.warn({ folder, code, advice }, 'receipts cannot be written');
      return false;
    }
    if (this.#hasWarned) log.info({ folder }, 'receipts are written again');
    this.#hasWarned = false;
    return true;
  }
}
