import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { findOurs } from '../../shared/look-up/find-ours.ts';
import type { Unsure } from '../../shared/look-up/judge-unmarked.ts';
import { incarnation } from '../../shared/state/import-state.ts';
import { adoptFound } from '../follow/adopt.ts';
import { unsureReason } from '../follow/hold-reason.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** `clear`: nothing speaks against a create. `moved`: an image was adopted. `unread`: ask again. */
export type Verdict = 'clear' | 'moved' | 'unread';

/**
 * What has to be looked at before each try to be admitted, because waiting may take hours: that an
 * earlier create of this import has still left no image. Most imports have none, and cost nothing.
 */
export function createVerifier(deps: WorkerDeps, entry: LedgerEntry): () => Promise<Verdict> {
  const { state } = entry;
  if (state.status !== 'pending') return async () => 'moved';
  const freshMs = deps.config.unknown.windowMs / 3;
  let lookedAt = state.lookedAt;
  return async () => {
    if (lookedAt === undefined) return 'clear';
    // A process that has slept does not know how long ago that was.
    await deps.clock.measure();
    if (deps.clock.now() - lookedAt < freshMs) return 'clear';
    const startedAt = deps.clock.now();
    const found = await findOurs(deps, entry);
    if (found.kind === 'failed') return 'unread';
    if (found.images.length > 0) {
      await adoptFound(deps, entry, found.images);
      return 'moved';
    }
    if (found.unsure.length > 0) return holdUnsure(deps, entry, found.unsure);
    lookedAt = startedAt;
    return 'clear';
  };
}

/** It may be the image of the earlier create: nothing is created beside it. */
async function holdUnsure(
  deps: WorkerDeps,
  entry: LedgerEntry,
  unsure: readonly Unsure[],
): Promise<Verdict> {
  const of = incarnation(entry);
  const imageIds = unsure.map(({ image }) => image.id);
  const why = { reason: unsureReason(unsure), imageIds, areOurs: false, at: deps.clock.now() };
  await record(deps, entry.key, { event: { type: 'disputed', of, ...why } });
  return 'moved';
}
