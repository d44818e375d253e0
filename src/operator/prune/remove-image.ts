import { type DeleteAnswer, deleteImage } from '../../shared/cloud/ims/delete-image.ts';
import type { Writer } from '../../shared/cloud/ims/ims-writer.ts';
import type { Removal } from '../../shared/ledger/image-removals.ts';
import { describeSight, inspectImages, type Sight } from '../../shared/look-up/inspect-images.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type CheckDeps, checkAgain, MOVED, type Target } from './check-again.ts';

export interface RemoveDeps extends CheckDeps {
  readonly writer: Writer;
  readonly stop: AbortSignal;
}

export type RemovalResult =
  | { readonly kind: 'deleted' }
  /** Not as the plan named it any more. */
  | { readonly kind: 'kept'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  /** The login may delete no image. */
  | { readonly kind: 'denied'; readonly why: string }
  /** What must be known before a DELETE cannot be read: no image can be deleted. */
  | { readonly kind: 'blind'; readonly why: string }
  /** Nobody can say: the next run finishes it. */
  | { readonly kind: 'unclear'; readonly why: string };

const TRIES = 4;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Reads the image and what may use it again, writes the intent, deletes, and writes the result. */
export async function removeImage(deps: RemoveDeps, target: Target): Promise<RemovalResult> {
  const { image, kind, why } = target;
  const check = await checkAgain(deps, target);
  if (check.kind === 'blind') return check;
  if (check.kind !== 'same') return { kind: 'kept', why: check.why };
  const { key } = check.entry;
  const removal = { imageId: image.id, key, name: image.name, kind, at: deps.clock.now() };
  const verb = kind === 'prune' ? 'to be pruned' : 'to be cleaned up';
  const line = `${verb}: image ${image.id}, ${why}`;
  if (!(await deps.ledger.removals.intend(check.entry, removal, line))) {
    return { kind: 'kept', why: MOVED };
  }
  return finish(deps, removal, await tryToDelete(deps, target, check.isFresh));
}

type Attempt = DeleteAnswer | { readonly kind: 'changed'; readonly why: string };

/** Sends the DELETE until there is an answer; after an unclear one everything is read again first. */
async function tryToDelete(
  deps: RemoveDeps,
  target: Target,
  firstIsFresh: () => boolean,
): Promise<Attempt> {
  const { clock, stop, writer } = deps;
  const { id } = target.image;
  let isFresh = firstIsFresh;
  for (let tries = 1; ; tries += 1) {
    const answer = await deleteImage(writer, id, isFresh);
    if (answer.kind !== 'unclear') return answer;
    if (isGone(await sightOf(deps, id))) return { kind: 'deleted' };
    if (tries >= TRIES || stop.aborted) return answer;
    const pause = answer.retryAfterMs ?? PAUSE_MS * 2 ** (tries - 1);
    await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), stop);
    const check = await checkAgain(deps, target);
    if (check.kind === 'same') isFresh = check.isFresh;
    // It may be on its way out.
    else if (isGone(await sightOf(deps, id))) return { kind: 'deleted' };
    else return check.kind === 'changed' ? { kind: 'changed', why: check.why } : answer;
  }
}

async function sightOf({ ims }: RemoveDeps, imageId: string): Promise<Sight> {
  const [seen] = await inspectImages(ims, [imageId]);
  return seen?.sight ?? { kind: 'gone' };
}

/** Deleted, or about to be: a failed image (`killed`) is still there. */
function isGone(sight: Sight): boolean {
  if (sight.kind === 'dead') return sight.image.status !== 'killed';
  return sight.kind === 'gone';
}

async function finish(
  deps: RemoveDeps,
  removal: Removal,
  attempt: Attempt,
): Promise<RemovalResult> {
  const { removals } = deps.ledger;
  const { imageId, kind } = removal;
  switch (attempt.kind) {
    case 'deleted':
      await settleDeleted(deps, removal);
      return { kind: 'deleted' };
    case 'changed': {
      const { why } = attempt;
      await removals.settle(removal, { line: `image ${imageId} not deleted: ${why}` });
      return { kind: 'kept', why };
    }
    case 'refused':
    case 'denied': {
      const why = `${attempt.code}: ${attempt.message}`;
      await removals.settle(removal, { line: `image ${imageId} not deleted: ${why}` });
      return { kind: attempt.kind, why };
    }
    case 'unclear': {
      // The intent stays: the next run of the command finds out what became of it.
      const what = kind === 'prune' ? 'prune' : 'reconcile --clean';
      return {
        kind: 'unclear',
        why: `${attempt.code}: ${attempt.message}; ${what} --yes finishes it`,
      };
    }
  }
}

async function settleDeleted({ ledger, clock }: RemoveDeps, removal: Removal): Promise<void> {
  const { imageId, kind } = removal;
  const prunedAt = kind === 'prune' ? clock.now() : undefined;
  const line =
    kind === 'prune' ? `pruned: image ${imageId} deleted` : `cleaned up: image ${imageId} deleted`;
  await ledger.removals.settle(removal, omitUndefined({ line, prunedAt }));
}

/** What became of deletions whose process was killed. Those whose image is still there are planned again. */
export async function finishRemovals(
  deps: RemoveDeps,
): Promise<readonly (Removal & { readonly result: string })[]> {
  const finished: (Removal & { result: string })[] = [];
  for (const removal of await deps.ledger.removals.open()) {
    const sight = await sightOf(deps, removal.imageId);
    if (isGone(sight)) await settleDeleted(deps, removal);
    else if (sight.kind === 'alive' || sight.kind === 'dead') {
      const line = `image ${removal.imageId} not deleted: the deletion was interrupted`;
      await deps.ledger.removals.settle(removal, { line });
    }
    finished.push({ ...removal, result: describeSight({ id: removal.imageId, sight }) });
  }
  return finished;
}
