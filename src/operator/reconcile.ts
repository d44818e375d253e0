import { type AttemptDeps, enqueue } from '../shared/attempt/new-attempt.ts';
import type { ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../shared/cloud/ims/read-bodies.ts';
import type { Sessions } from '../shared/cloud/session/session.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import { entriesByKey } from '../shared/ledger/entries-by-key.ts';
import type { GuardStore } from '../shared/ledger/guard-store.ts';
import type { Repair } from '../shared/ledger/healer.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { markedCopies, markedImages } from '../shared/look-up/match-images.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { stateVersion } from '../shared/state/import-state.ts';
import type { ImageList } from './image-list.ts';

interface ReconcileDeps extends AttemptDeps {
  readonly sessions: Pick<Sessions, 'get'>;
  /** Called with a description of list entries that cannot be read. */
  readonly onOdd?: (text: string) => void;
}

/**
 * `adopted`: the ledger has this image. `creating`: it is being followed. `adoptable`: the ledger has
 * no image for this import. `orphan`: no ledger entry. `double`: several images carry one marker.
 */
export type Verdict = 'adopted' | 'creating' | 'adoptable' | 'orphan' | 'double' | 'other';

export interface Reconciled {
  readonly verdict: Verdict;
  readonly key: ImportKey;
  readonly images: readonly ImsImage[];
  readonly entry?: LedgerEntry;
}

/** Compares the project's images that carry our marker with the ledger. */
export async function reconcile(
  deps: ReconcileDeps,
  { images: listed, odd }: Pick<ImageList, 'images' | 'odd'>,
): Promise<readonly Reconciled[]> {
  const { projectId } = await deps.sessions.get();
  if (odd.length > 0) deps.onOdd?.(describeOdds(odd));
  const marked = [...markedImages(listed, projectId), ...markedCopies(listed, projectId)];
  const entries = await entriesByKey(
    deps.ledger,
    marked.map(([key]) => key),
  );
  return marked.map(([key, images]) => {
    const entry = entries.get(key);
    return omitUndefined({ verdict: verdictFor(images, entry), key, images, entry });
  });
}

/** What the images of one marker are to the ledger; pure. */
export function verdictFor(images: readonly ImsImage[], entry: LedgerEntry | undefined): Verdict {
  if (images.length > 1) return 'double';
  if (!entry) return 'orphan';
  const { state } = entry;
  const [image] = images;
  switch (state.status) {
    case 'pending':
    case 'failed':
    case 'unknown':
      return 'adoptable';
    case 'submitting':
    case 'creating':
      return 'creating';
    case 'succeeded':
      return state.imageId === image?.id ? 'adopted' : 'other';
    case 'cancelled':
      return 'other';
  }
}

/** Adopts the image of an import that has none; false when the import has changed meanwhile. */
export async function adopt(deps: AttemptDeps, row: Reconciled): Promise<boolean> {
  const [image] = row.images;
  if (row.verdict !== 'adoptable' || !row.entry || !image) return false;
  await deps.time.freshen();
  const at = deps.time.now();
  const found = { id: image.id, status: image.status };
  const answer = await deps.ledger.change(
    row.key,
    { type: 'found', of: stateVersion(row.entry), image: found, at },
    { now: deps.clock.now(), due: at + 2 * deps.lockMs },
  );
  if (answer.kind !== 'changed') return false;
  await enqueue(deps, answer.entry);
  return true;
}

/** What the ledger has lost, and what the workers have repaired in it. */
export interface LedgerState {
  readonly missing: readonly { readonly batch: string; readonly images: number }[];
  /** The latest first. */
  readonly repairs: readonly Repair[];
}

export async function ledgerState(deps: {
  readonly batches: BatchStore;
  readonly guard: GuardStore;
}): Promise<LedgerState> {
  const missing: { batch: string; images: number }[] = [];
  for (const batch of await deps.batches.names()) {
    const images = await deps.batches.countMissing(batch);
    if (images > 0) missing.push({ batch, images });
  }
  return { missing, repairs: await deps.guard.healer.repairs() };
}
