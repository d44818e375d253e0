import { join } from 'node:path';
import { writeWhole } from '../../shared/files/write-whole.ts';
import type { BatchSummary } from '../../shared/ledger/batch-ledger.ts';
import { formatCounts, formatDuration } from '../progress.ts';
import { type FileImages, readImages } from '../receipt/read-images.ts';
import {
  type ReceiptHead,
  type RejectedReceipt,
  receiptIssue,
  receiptText,
  rejectedText,
} from '../receipt/receipt.ts';
import { receiptName } from './file-names.ts';
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
  finished: boolean;
  /** The ledger has no such batch: it was archived, or Redis was emptied. */
  isGone: boolean;
}

/** Shortest time between two receipts of a file that is under way; a large one takes its time. */
const EVERY_MS = 5000;
const EVERY_MS_AN_IMAGE = 5;

/** Keeps a receipt for every file, until all of its images have their outcome, and after a retry. */
export class Receipts {
  readonly #deps: WatchDeps;
  readonly #options: WatchOptions;
  readonly #tracked = new Map<string, Tracking>();
  #hasWarned = false;

  constructor(deps: WatchDeps, options: WatchOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** True while something is under way. */
  get isBusy(): boolean {
    return [...this.#tracked.values()].some(({ finished, isGone }) => !finished && !isGone);
  }

  /** Names of files that are followed. */
  get names(): readonly string[] {
    return [...this.#tracked.keys()];
  }

  /** A newer version of the file, or none, has taken its place. */
  forget(name: string): void {
    this.#tracked.delete(name);
  }

  async reject(receipt: RejectedReceipt): Promise<void> {
    this.forget(receipt.file);
    await this.#write(receipt.file, [rejectedText(receipt)]);
  }

  /** Follows a file from now on; its first receipt is written with the next look. */
  track(file: TrackedFile): void {
    const writtenAt = Number.NEGATIVE_INFINITY;
    this.#tracked.set(file.name, { file, stamp: '', writtenAt, finished: false, isGone: false });
  }

  /** Looks at the batches, writes what has changed, and answers the files that have just finished. */
  async look(): Promise<readonly FinishedFile[]> {
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
    if (stamp === tracking.stamp || !isDue) return undefined;
    const { ledger } = await this.#deps.ledgerOf(file.cloud);
    const found = await readImages(ledger, file.batch, file.images);
    // Some of them went into an archive.
    if (tracking.finished && found.images.length < file.images.length) return undefined;
    const head = receiptHead(file, found, this.#deps.clock.now());
    await this.#write(file.name, receiptText(head, withDiffering(file, found)));
    tracking.stamp = stamp;
    tracking.writtenAt = now;
    const wasFinished = tracking.finished;
    tracking.finished = head.state === 'finished';
    if (!tracking.finished || wasFinished) return undefined;
    this.#tell(head);
    return { file, ok: head.ok === true };
  }

  #tell({ file, batch, counts, ok, taken_at, finished_at }: ReceiptHead): void {
    const took = Date.parse(finished_at ?? taken_at) - Date.parse(taken_at);
    const fields = { file, batch, outcome: formatCounts(counts), took: formatDuration(took) };
    if (ok === true) this.#deps.log.info(fields, 'manifest finished');
    else this.#deps.log.warn(fields, 'manifest finished, not everything was imported');
  }

  async #write(name: string, pieces: Iterable<string>): Promise<void> {
    const folder = this.#options.receipts ?? this.#options.folder;
    try {
      const { random } = this.#deps;
      await writeWhole(join(folder, receiptName(name)), pieces, { random });
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const advice = 'the imports go on; name a folder for receipts with --receipts';
      this.#deps.log.warn({ folder, code, advice }, 'receipts cannot be written');
    }
  }
}

function withDiffering({ differs }: TrackedFile, { images }: FileImages) {
  if (differs.size === 0) return images;
  return images.map((image) => {
    const fields = differs.get(image.key);
    return fields === undefined ? image : { ...image, differs: fields };
  });
}

function receiptHead(file: TrackedFile, found: FileImages, now: number): ReceiptHead {
  const { counts, images } = found;
  const settled = counts.succeeded + counts.failed + counts.cancelled + counts.held;
  const finished = settled === file.images.length && images.length === file.images.length;
  const last = Math.max(found.lastAt, file.takenAt);
  return {
    ok: finished ? counts.succeeded === file.images.length : null,
    state: finished ? 'finished' : 'enqueued',
    file: file.name,
    batch: file.batch,
    sha256: file.sha256,
    taken_at: new Date(file.takenAt).toISOString(),
    written_at: new Date(now).toISOString(),
    finished_at: finished ? new Date(last).toISOString() : null,
    total: file.images.length,
    counts,
    notes: [...file.notes, ...elsewhereNotes(found)],
    warnings: file.warnings.map(receiptIssue),
  };
}

function elsewhereNotes({ elsewhere }: FileImages): readonly string[] {
  return [...elsewhere].map(
    ([batch, count]) =>
      `${count} of them ${count === 1 ? 'belongs' : 'belong'} to batch ${batch}, too: created once, counted in both`,
  );
}
