import type { Manifest } from '../../shared/image/image-request.ts';
import { differingLine, missingImagesNote, submittedLine } from '../describe-submitted.ts';
import { submitBatch } from '../submit-batch.ts';
import type { DroppedImages } from './judge-dropped.ts';
import type { CloudLedger } from './watch-deps.ts';

/** Lines for people, the first with the counts; `undefined` when it was stopped. */
export async function registerImages(
  manifest: Manifest,
  { manifest: wanted, leftOut }: Extract<DroppedImages, { kind: 'go' }>,
  { ledger, stop }: { readonly ledger: CloudLedger; readonly stop: AbortSignal },
): Promise<readonly [string, ...string[]] | undefined> {
  const flags = { retryFailed: false, recreate: false };
  const submitted = await submitBatch({ ...ledger, stop }, wanted, flags);
  if (submitted.done < submitted.total) return undefined;
  const missing = await missingImagesNote(ledger, manifest, leftOut.length);
  return [
    submittedLine(submitted, leftOut.length),
    ...submitted.differing.map(differingLine),
    ...(missing === undefined ? [] : [missing]),
  ];
}
