import type { ImsClient } from '../shared/cloud/ims/ims-answers.ts';
import type { BatchDeps } from '../shared/ledger/batch-store.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { type Found, findOurs, type LookUpDeps } from '../shared/look-up/find-ours.ts';
import { lookAtImages, type Seen } from '../shared/look-up/look-at-images.ts';
import type { ImportState } from '../shared/state/import-state.ts';
import { type Selection, selectImports } from './select-imports.ts';

/** An image that waits for a person, and what the image list shows of it now. */
export interface Held {
  readonly entry: LedgerEntry;
  readonly state: Extract<ImportState, { status: 'unknown' }>;
  /** The fleet's time before the list was asked. */
  readonly askedAt: number;
  readonly found: Found;
  /** What is seen of the images that were known to be its own. */
  readonly known: readonly Seen[];
}

export interface Survey {
  readonly held: readonly Held[];
  /** Unknown ones that are still looked up by themselves. */
  readonly lookedUp: readonly LedgerEntry[];
  /** Creating for more than a day. */
  readonly overdue: readonly LedgerEntry[];
  /** The fleet's time now. */
  readonly at: number;
}

export type SurveyDeps = BatchDeps &
  Omit<LookUpDeps, 'clock'> & {
    readonly ims: Pick<ImsClient, 'image'>;
    readonly time: FleetClock;
  };

/**
 * What is unknown in a batch; for each image that is held the list is asked anew. `most`: no more held
 * ones than these are looked at.
 */
export async function surveyUnknown(
  deps: SurveyDeps,
  selection: Selection & { readonly most?: number },
): Promise<Survey> {
  const { most = Number.POSITIVE_INFINITY } = selection;
  const held: Held[] = [];
  const lookedUp: LedgerEntry[] = [];
  const overdue: LedgerEntry[] = [];
  const lookUp = { ...deps, clock: deps.time };
  for await (const entry of selectImports(deps, selection)) {
    const { state } = entry;
    if (state.status === 'creating' && state.overdue) overdue.push(entry);
    if (state.status !== 'unknown') continue;
    if (!state.held) {
      lookedUp.push(entry);
      continue;
    }
    if (held.length >= most) break;
    await deps.time.measure();
    const askedAt = deps.time.now();
    const found = await findOurs(lookUp, entry);
    const ids = [...new Set([...entry.seenImageIds, ...(state.imageIds ?? [])])];
    held.push({
      entry,
      state,
      askedAt,
      found,
      known: await lookAtImages(deps.ims, ids, entry.request.enterprise_project_id),
    });
  }
  await deps.time.measure();
  return { held, lookedUp, overdue, at: deps.time.now() };
}
