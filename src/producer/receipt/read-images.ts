import type { ManifestImage } from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import type { Counts } from '../../shared/ledger/batch-store.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { differences, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { STATUSES } from '../../shared/state/machine.ts';
import { imageStatus } from '../batch-status.ts';
import type { ReceiptImage } from './receipt.ts';

/** What a receipt says of the images of one file. */
export interface FileImages {
  readonly images: readonly ReceiptImage[];
  readonly counts: Counts;
  /** Milliseconds since 1970 at which the last of them came to rest; 0 when none has. */
  readonly lastAt: number;
  /** Names of images by the other batch that wants them, too. */
  readonly elsewhere: ReadonlyMap<string, number>;
}

const PAGE = 200;

/** Reads the images of a file from the ledger, page by page, in the order of the file. */
export async function readImages(
  ledger: ImportStore,
  batch: string,
  wanted: readonly ManifestImage[],
): Promise<FileImages> {
  const images: ReceiptImage[] = [];
  const counts = emptyCounts();
  const elsewhere = new Map<string, number>();
  let lastAt = 0;
  for (let from = 0; from < wanted.length; from += PAGE) {
    const page = wanted.slice(from, from + PAGE);
    const asked = new Map(page.map((image) => [importKey(image.request), image]));
    for (const entry of await ledger.readMany([...asked.keys()])) {
      const image = receiptImage(entry, batch, asked.get(entry.key));
      images.push(image);
      counts[entry.state.status] += 1;
      if (image.held) counts.held += 1;
      for (const other of image.also_in ?? []) {
        elsewhere.set(other, (elsewhere.get(other) ?? 0) + 1);
      }
      lastAt = Math.max(lastAt, entry.finishedAt ?? 0);
    }
  }
  return { images, counts, lastAt, elsewhere };
}

function emptyCounts(): Record<keyof Counts, number> {
  const counts = { held: 0 } as Record<keyof Counts, number>;
  for (const status of STATUSES) counts[status] = 0;
  return counts;
}

function receiptImage(
  entry: LedgerEntry,
  batch: string,
  asked: ManifestImage | undefined,
): ReceiptImage {
  const others = entry.batches.filter((name) => name !== batch);
  const differs = asked && isSent(entry) ? differences(entry.request, asked.request) : [];
  return {
    line: asked?.line ?? 0,
    ...imageStatus(entry),
    error: errorOf(entry),
    ...(others.length === 0 ? {} : { also_in: others }),
    ...(differs.length === 0 ? {} : { differs }),
  };
}

/** What was sent to IMS, or is about to be: it is not changed any more. */
function isSent({ state: { status } }: LedgerEntry): boolean {
  return status !== 'pending' && status !== 'failed' && status !== 'cancelled';
}

function errorOf({ state }: LedgerEntry): ReceiptImage['error'] {
  const reason =
    'reason' in state ? state.reason : 'lastReason' in state ? state.lastReason : undefined;
  if (!reason) return null;
  const { code, message, advice, requestId } = reason;
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}
