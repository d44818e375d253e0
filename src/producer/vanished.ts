import { setImmediate } from 'node:timers/promises';
import type { Manifest } from '../shared/image/image-request.ts';
import { importKey } from '../shared/image/import-key.ts';
import { type BatchDeps, batchEntries } from '../shared/ledger/batch-store.ts';

const NAMED = 5;

/**
 * A batch gathers: what is in it but not in this manifest stays. Says so and names some, or answers
 * `undefined` when there is nothing of the kind.
 */
export async function vanishedNote(
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
    if (names.length >= Math.min(NAMED, surplus)) break;
  }
  const more = surplus > names.length ? `, … ${surplus - names.length} more` : '';
  const which = `${names.join(', ')}${more}`;
  const verbs = surplus === 1 ? ['is', 'stays'] : ['are', 'stay'];
  return `${surplus} of batch ${manifest.name} ${verbs[0]} not in this file and ${verbs[1]}: ${which}`;
}

const PIECE = 2000;

/** In pieces: 100,000 of them would hold everything else up. */
async function keysOf({ images }: Manifest): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (let from = 0; from < images.length; from += PIECE) {
    for (const { request } of images.slice(from, from + PIECE)) keys.add(importKey(request));
    await setImmediate();
  }
  return keys;
}
