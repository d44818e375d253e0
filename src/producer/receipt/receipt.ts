import type { Counts } from '../../shared/ledger/batch-store.ts';
import type { ImageStatus } from '../batch-status.ts';
import type { ManifestIssue } from '../manifest/issue.ts';

/** An issue without its file: the receipt names it once. */
export type ReceiptIssue = Omit<ManifestIssue, 'file'>;

/** One image as a receipt tells it: what `status --json` says, and where it stands in the file. */
export interface ReceiptImage extends Omit<ImageStatus, 'error'> {
  readonly line: number;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly advice?: string;
    readonly request_id?: string;
  } | null;
  /** Other batches that want the same import: it is created once and counted in each. */
  readonly also_in?: readonly string[];
  /** Fields in which the file differs from what was imported or is under way. */
  readonly differs?: readonly string[];
}

/** What became of a file that was refused: nothing of it is registered. */
export interface RejectedReceipt {
  readonly ok: false;
  readonly state: 'rejected';
  readonly file: string;
  readonly sha256: string | null;
  readonly written_at: string;
  readonly errors: readonly ReceiptIssue[];
  readonly warnings: readonly ReceiptIssue[];
}

/** What became of a file whose images are registered. Its images stand behind it in the same object. */
export interface ReceiptHead {
  /** `null` while it is under way; `true` when every image succeeded as the file asks for it now. */
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
  /** What a person should know: the same image elsewhere, differing fields, lines that vanished. */
  readonly notes: readonly string[];
  readonly warnings: readonly ReceiptIssue[];
}

const PIECE = 200;

/** The text of a receipt, in pieces: one of 100,000 images has 40 MB. */
export function* receiptText(
  head: ReceiptHead,
  images: readonly ReceiptImage[],
): Generator<string, void> {
  const text = JSON.stringify(head, null, 2);
  yield `${text.slice(0, text.lastIndexOf('\n'))},\n  "images": [`;
  for (let from = 0; from < images.length; from += PIECE) {
    const lines = images.slice(from, from + PIECE).map((image) => `\n    ${JSON.stringify(image)}`);
    yield `${from === 0 ? '' : ','}${lines.join(',')}`;
  }
  yield '\n  ]\n}\n';
}

/** The text of the receipt of a refused file. */
export function rejectedText(receipt: RejectedReceipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

/** An issue as a receipt holds it. */
export function receiptIssue({ file: _, ...issue }: ManifestIssue): ReceiptIssue {
  return issue;
}
