import { setImmediate } from 'node:timers/promises';
import type { Manifest } from '../shared/image/image-request.ts';
import { importKey } from '../shared/image/import-key.ts';
import { type BatchDeps, batchEntries } from '../shared/ledger/batch-store.ts';
import type { Registered } from '../shared/ledger/register-images.ts';
import { isChangeable } from '../shared/update/image-updates.ts';
import { formatCount } from '../ui/format.ts';
import { labelOf, requestLabel } from '../ui/image-row.ts';
import type { SubmitResult } from './submit-batch.ts';

/** How many images of a manifest are in the queue now. */
export function enqueuedCount({ counts }: SubmitResult): number {
  return (counts.new ?? 0) + (counts.again ?? 0) + (counts.pending ?? 0);
}

/** `Batch x: 3 of 5 images enqueued, 2 already imported`; `leftOut`: how many were not submitted. */
export function submittedLine(result: SubmitResult, leftOut = 0): string {
  const { batch, total, counts } = result;
  const already = [
    [leftOut, 'left out'],
    [counts.succeeded, 'already imported'],
    [(counts.creating ?? 0) + (counts.submitting ?? 0), 'already in progress'],
    [counts.unknown, 'unknown (being looked up, or held)'],
    [counts.failed, 'failed before (--retry-failed tries them again)'],
    [counts.cancelled, 'cancelled before'],
  ] as const;
  const rest = already.filter(([count]) => count).map(([count, words]) => `, ${count} ${words}`);
  const all = total + leftOut;
  const images = all === 1 ? 'image' : 'images';
  return `Batch ${batch}: ${enqueuedCount(result)} of ${all} ${images} enqueued${rest.join('')}`;
}

/** `vm-1: already imported, differs in min_disk` */
export function differingLine(image: Registered): string {
  const { kind, differs } = image;
  const how = kind === 'succeeded' ? 'already imported' : `already ${kind}`;
  return `${labelOf(image)}: ${how}, differs in ${differs.join(', ')}`;
}

/** `vm-1: stays shared with project …, which the manifest no longer names` */
export function keptSharedLine({ name, keptMembers }: Registered): string {
  const some = keptMembers.length === 1 ? 'project' : 'projects';
  return `${name}: stays shared with ${some} ${keptMembers.join(', ')}, which the manifest no longer names; ims-ferry takes no image away`;
}

/** Of an image that exists: the fields that differ and that `submit --update` changes. */
export function updatableFields({ kind, differs, copyTo }: Registered): readonly string[] {
  return kind === 'succeeded' && copyTo === undefined ? differs.filter(isChangeable) : [];
}

/** What to do about images that exist and differ; `undefined` if nothing can be done. */
export function updatableNote(differing: readonly Registered[]): string | undefined {
  const count = differing.filter((image) => updatableFields(image).length > 0).length;
  if (count === 0) return undefined;
  const [differ, them] = count === 1 ? ['differs', 'it'] : ['differ', 'them'];
  return `${formatCount(count, 'image')} ${differ} in what IMS can change; submit --update changes ${them}.`;
}

const MAX_NAMES = 5;

/**
 * A note about images that are in the batch but not in this manifest, for example because their lines
 * were deleted: they stay in the batch. `undefined` if there are none. `leftOut`: how many images of the
 * manifest were not submitted.
 */
export async function missingImagesNote(
  deps: BatchDeps,
  manifest: Manifest,
  leftOut = 0,
): Promise<string | undefined> {
  const total = (await deps.batches.summary(manifest.name))?.total ?? 0;
  const surplus = total - manifest.images.length + leftOut;
  if (surplus <= 0) return undefined;
  const keys = await keysOf(manifest);
  const names: string[] = [];
  let found = 0;
  for await (const { key, request } of batchEntries(deps, manifest.name)) {
    if (keys.has(key)) continue;
    found += 1;
    if (found <= MAX_NAMES) names.push(requestLabel(request));
    // An image that was left out may be in the batch all the same: then the others have to be counted.
    if (leftOut === 0 && found >= Math.min(MAX_NAMES, surplus)) {
      found = surplus;
      break;
    }
  }
  if (found === 0) return undefined;
  const more = found > names.length ? `, … ${found - names.length} more` : '';
  const [are, stay] = found === 1 ? ['is', 'stays'] : ['are', 'stay'];
  const which = `${names.join(', ')}${more}`;
  return `${formatCount(found, 'image')} of batch ${manifest.name} ${are} not in this file and ${stay} in the batch: ${which}`;
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
