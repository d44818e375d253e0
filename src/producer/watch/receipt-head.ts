import type { FileImages } from '../receipt/read-images.ts';
import { type ReceiptHead, receiptIssue } from '../receipt/receipt.ts';
import type { TrackedFile } from './watch-deps.ts';

/** What a receipt says of the file as a whole. */
export function receiptHead(file: TrackedFile, found: FileImages, now: number): ReceiptHead {
  const { counts, images } = found;
  const settled = counts.succeeded + counts.failed + counts.cancelled + counts.held;
  const finished = settled === file.images.length && images.length === file.images.length;
  const hasDifferent = images.some(({ differs }) => differs !== undefined);
  const last = Math.max(found.lastAt, file.takenAt);
  return {
    ok: finished ? counts.succeeded === file.images.length && !hasDifferent : null,
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
