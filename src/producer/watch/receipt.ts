import type { ManifestImage } from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import type { Counts } from '../../shared/ledger/batch-store.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { differences, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { STATUSES } from '../../shared/state/machine.ts';
import { reasonOf } from '../../ui/image-row.ts';
import { type ImageStatus, imageStatus } from '../batch-status.ts';
import { sizesOf } from '../expand/size-disks.ts';
import type { IssueInFile, ManifestIssue } from '../manifest/issue.ts';
import { leftOutJson } from '../plan/left-out.ts';
import type { TrackedFile } from './watch-deps.ts';

/** One image in a receipt: as in `status --json`, with its line in the file. */
export interface ReceiptImage extends Omit<ImageStatus, 'error'> {
  readonly line: number;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly advice?: string;
    readonly request_id?: string;
  } | null;
  /** Other batches with the same import: it is created once and counted in each. */
  readonly also_in?: readonly string[];
  /** Fields in which the file differs from what was or is being imported. */
  readonly differs?: readonly string[];
}

/** The receipt of a file that was refused: none of its images is registered. */
export interface RejectedReceipt {
  readonly ok: false;
  readonly state: 'rejected';
  readonly file: string;
  readonly sha256: string | null;
  readonly written_at: string;
  readonly errors: readonly IssueInFile[];
  readonly warnings: readonly IssueInFile[];
}

/** The receipt of a file whose images are registered; `images` follows in the same object. */
export interface ReceiptHead {
  /** `null` while unfinished; `true` when every image of the file succeeded as it requests it now. */
  readonly ok: boolean | null;
  readonly state: 'enqueued' | 'finished';
  readonly file: string;
  readonly batch: string;
  readonly sha256: string;
  readonly taken_at: string;
  readonly written_at: string;
  readonly finished_at: string | null;
  readonly total: number;
  /** Of the images of this file. */
  readonly counts: Counts;
  /** What a person should know: images in other batches, differing fields, images no longer in the file. */
  readonly notes: readonly string[];
  readonly warnings: readonly IssueInFile[];
  /** Images that IMS would refuse: not registered, as those of `submit`. */
  readonly left_out: readonly ReturnType<typeof leftOutJson>[];
}

/** The images of one file. */
interface FileImages {
  readonly images: readonly ReceiptImage[];
  readonly counts: Counts;
  /** When the last of them got its outcome, in milliseconds since 1970; 0 when none has one. */
  readonly lastAt: number;
}

const PAGE = 200;

/** Reads the images of a file from the ledger, page by page, in the order of the file. */
export async function readImages(
  ledger: ImportStore,
  batch: string,
  requested: readonly ManifestImage[],
): Promise<FileImages> {
  const images: ReceiptImage[] = [];
  const none = ['held', ...STATUSES].map((state) => [state, 0]);
  const counts = Object.fromEntries(none) as Record<keyof Counts, number>;
  let lastAt = 0;
  for (let from = 0; from < requested.length; from += PAGE) {
    const page = requested.slice(from, from + PAGE);
    const byKey = new Map(page.map((image) => [importKey(image.request), image]));
    for (const entry of await ledger.readMany([...byKey.keys()])) {
      const image = receiptImage(entry, batch, byKey.get(entry.key));
      images.push(image);
      counts[entry.state.status] += 1;
      if (image.held) counts.held += 1;
      lastAt = Math.max(lastAt, entry.finishedAt ?? 0);
    }
  }
  return { images, counts, lastAt };
}

function receiptImage(
  entry: LedgerEntry,
  batch: string,
  requested: ManifestImage | undefined,
): ReceiptImage {
  const others = entry.batches.filter((name) => name !== batch);
  // Its `min_disk: auto` is the number that it was sent with.
  const now = requested && (sizesOf(requested, entry) ?? requested).request;
  const differs = now && isSent(entry) ? differences(entry.request, now) : [];
  return omitUndefined({
    line: requested?.line ?? 0,
    ...imageStatus(entry),
    error: errorOf(entry),
    also_in: others.length === 0 ? undefined : others,
    differs: differs.length === 0 ? undefined : differs,
  });
}

/** It was sent to IMS, or is about to be: a new manifest no longer changes it. */
function isSent({ state: { status } }: LedgerEntry): boolean {
  return status !== 'pending' && status !== 'failed' && status !== 'cancelled';
}

function errorOf(entry: LedgerEntry): ReceiptImage['error'] {
  const reason = reasonOf(entry);
  if (!reason) return null;
  const { code, message, advice, requestId } = reason;
  return omitUndefined({ code, message, advice, request_id: requestId });
}

export function receiptHead(file: TrackedFile, found: FileImages, now: number): ReceiptHead {
  const { counts, images } = found;
  const done = counts.succeeded + counts.failed + counts.cancelled + counts.held;
  const finished = done === file.images.length && images.length === file.images.length;
  const hasDifferent = images.some(({ differs }) => differs !== undefined);
  const isWhole = file.leftOut.length === 0;
  const last = Math.max(found.lastAt, file.takenAt);
  return {
    ok: finished ? counts.succeeded === file.images.length && !hasDifferent && isWhole : null,
    state: finished ? 'finished' : 'enqueued',
    file: file.name,
    batch: file.batch,
    sha256: file.sha256,
    taken_at: new Date(file.takenAt).toISOString(),
    written_at: new Date(now).toISOString(),
    finished_at: finished ? new Date(last).toISOString() : null,
    total: file.images.length + file.leftOut.length,
    counts,
    notes: [...file.notes, ...elsewhereNotes(images)],
    warnings: file.warnings.map(receiptIssue),
    left_out: file.leftOut.map(leftOutJson),
  };
}

function elsewhereNotes(images: readonly ReceiptImage[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const batch of images.flatMap((image) => image.also_in ?? [])) {
    counts.set(batch, (counts.get(batch) ?? 0) + 1);
  }
  return [...counts].map(
    ([batch, count]) =>
      `${count} of them ${count === 1 ? 'belongs' : 'belong'} to batch ${batch}, too: created once, counted in both`,
  );
}

/** The text of a receipt, in pieces: with 100,000 images it has 40 MB. */
export function* receiptText(
  head: ReceiptHead,
  images: readonly ReceiptImage[],
): Generator<string, void> {
  const text = JSON.stringify(head, null, 2);
  yield `${text.slice(0, text.lastIndexOf('\n'))},\n  "images": [`;
  for (let from = 0; from < images.length; from += PAGE) {
    const lines = images.slice(from, from + PAGE).map((image) => `\n    ${JSON.stringify(image)}`);
    yield `${from === 0 ? '' : ','}${lines.join(',')}`;
  }
  yield '\n  ]\n}\n';
}

export function receiptIssue({ file: _, ...issue }: ManifestIssue): IssueInFile {
  return issue;
}
