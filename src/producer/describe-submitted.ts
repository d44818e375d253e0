import { setImmediate } from 'node:timers/promises';
import type { Manifest } from '../shared/image/image-request.ts';
import { importKey } from '../shared/image/import-key.ts';
import { type BatchDeps, batchEntries } from '../shared/ledger/batch-store.ts';
import type { Registered } from '../shared/ledger/register-images.ts';
import type { SubmitResult } from './submit-batch.ts';

/** `Batch x: 3 of 5 images enqueued, 2 already imported` */
export function submittedLine({ batch, total, counts }: SubmitResult): string {
  const enqueued = (counts.new ?? 0) + (counts.again ?? 0) + (counts.pending ?? 0);
  const already = [
    [counts.succeeded, 'already imported'],
    [(counts.creating ?? 0) + (counts.submitting ?? 0), 'already in progress'],
    [counts.unknown, 'unknown (being looked up, or held)'],
    [counts.failed, 'failed before (--retry-failed tries them again)'],
    [counts.cancelled, 'cancelled before'],
  ] as const;
  const rest = already.filter(([count]) => count).map(([count, words]) => `, ${count} ${words}`);
  return `Batch ${batch}: ${enqueued} of ${total} images enqueued${rest.join('')}`;
}

/** `vm-1: already imported, differs in min_disk` */
export function differingLine({ name, kind, differs }: Registered): string {
  const how = kind === 'succeeded' ? 'already imported' : `already ${kind}`;
  return `${name}: ${how}, differs in ${differs.join(', ')}`;
}

const MAX_NAMES = 5;

/**
 * A note about images that are in the batch but not in this manifest, for example because their lines
 * were deleted: they stay in the batch. `undefined` if there are none.
 */
export async function missingImagesNote(
  deps: BatchDeps,
  manifest: Manifest,
): Promise<string | undefined> {
  const total = (await deps.batches.summary(manifest.name))?.total ?? 0;
  const surplus = total - manifest.images.length;
  if (surplus <= 0) return undefined;
  const keys = await keysOf(manifest);
  const names: string[] = [];
  for await (const { key, request } of batchEntries(deps, manifest.name)) {
    if (!keys.has(key)) names.push(request.name);
    if (names.length >= Math.min(MAX_NAMES, surplus)) break;
  }
  const more = surplus > names.length ? `, … ${surplus - names.length} more` : '';
  const which = `${names.join(', ')}${more}`;
  const [images, are, stay] =
    surplus === 1 ? ['1 image', 'is', 'stays'] : [`${surplus} images`, 'are', 'stay'];
  return `${images} of batch ${manifest.name} ${are} not in this file and ${stay} in the batch: ${which}`;
}

const KEYS_AT_ONCE = 2000;

/** In pieces: 100,000 keys at once would block everything else. */
async function keysOf({ images }: Manifest): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (let from = 0; from < images.length; from += KEYS_AT_ONCE) {
    for (const { request } of images.slice(from, from + KEYS_AT_ONCE)) keys.add(importKey(request));
    await setImmediate();
  }
  return keys;
}
