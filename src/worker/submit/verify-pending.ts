import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { findOurs } from '../../shared/look-up/find-ours.ts';
import { adoptFound } from '../follow/adopt.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** `clear`: nothing speaks against a create. `moved`: an image was adopted. `unread`: ask again. */
export type Verdict = 'clear' | 'moved' | 'unread';

/**
 * What has to be looked at before each try to be admitted, because waiting may take hours: that an
 * earlier create of this import has still left no image, and that an image which shall be replaced
 * is really gone. Most imports have neither, and cost nothing.
 */
export function createVerifier(deps: WorkerDeps, entry: LedgerEntry): () => Promise<Verdict> {
  const { state } = entry;
  if (state.status !== 'pending') return async () => 'moved';
  const freshMs = deps.config.unknown.windowMs / 3;
  const { replaces } = state;
  let lookedAt = state.lookedAt;
  let isGone = replaces === undefined;
  return async () => {
    if (!isGone && replaces !== undefined) {
      const verdict = await checkReplaced(deps, entry, replaces);
      if (verdict !== 'clear') return verdict;
      isGone = true;
    }
    if (lookedAt === undefined || deps.clock.now() - lookedAt < freshMs) return 'clear';
    const startedAt = deps.clock.now();
    const found = await findOurs(deps, entry);
    if (found.kind === 'failed') return 'unread';
    if (found.images.length > 0) {
      await adoptFound(deps, entry, found.images);
      return 'moved';
    }
    lookedAt = startedAt;
    return 'clear';
  };
}

/** Only an image that IMS does not know is gone; a read that failed says nothing. */
async function checkReplaced(
  deps: WorkerDeps,
  entry: LedgerEntry,
  imageId: string,
): Promise<Verdict> {
  const answer = await deps.ims.image(imageId);
  switch (answer.kind) {
    case 'not-found':
      return 'clear';
    case 'failed':
      return 'unread';
    case 'ok': {
      const { status } = answer.value;
      if (status === 'deleted' || status === 'killed') return 'clear';
      deps.log.warn({ key: entry.key, imageId }, 'image is still there, nothing to recreate');
      await adoptFound(deps, entry, [answer.value]);
      return 'moved';
    }
  }
}
