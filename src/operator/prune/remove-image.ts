import { type DeleteAnswer, deleteImage } from '../../shared/cloud/ims/delete-image.ts';
import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { Writer } from '../../shared/cloud/ims/ims-writer.ts';
import { markerOf } from '../../shared/image/import-key.ts';
import type { Removal } from '../../shared/ledger/image-removals.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { describeSight, inspectImages, type Sight } from '../../shared/look-up/inspect-images.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import type { SurveyDeps } from './survey.ts';

export interface RemoveDeps extends SurveyDeps {
  readonly writer: Writer;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** An image as the plan has named it, and why it goes. */
export interface Target {
  readonly image: ImsImage;
  readonly entry: LedgerEntry;
  readonly kind: Removal['kind'];
  /** For the story: `older than the newest 3 of debian-12-*`. */
  readonly why: string;
}

export type RemovalResult =
  | { readonly kind: 'deleted' }
  /** Not as the plan named it any more. */
  | { readonly kind: 'kept'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  /** No image can be deleted. */
  | { readonly kind: 'denied'; readonly why: string }
  /** Nobody can say: the next run finishes it. */
  | { readonly kind: 'unclear'; readonly why: string };

const TRIES = 4;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Reads the image again, writes the intent, deletes, and writes the result. */
export async function removeImage(deps: RemoveDeps, target: Target): Promise<RemovalResult> {
  const { image, kind, why } = target;
  const changed = await whyChanged(deps, target);
  if (changed !== undefined) return { kind: 'kept', why: changed };
  const { key } = target.entry;
  const entry = await deps.ledger.read(key);
  if (!entry || stateVersion(entry) !== stateVersion(target.entry)) return MOVED;
  const removal = { imageId: image.id, key, name: image.name, kind, at: deps.clock.now() };
  const verb = kind === 'prune' ? 'to be pruned' : 'to be cleaned up';
  const line = `${verb}: image ${image.id}, ${why}`;
  if (!(await deps.ledger.removals.intend(entry, removal, line))) return MOVED;
  return finish(deps, removal, await tryToDelete(deps, target));
}

const MOVED = { kind: 'kept', why: 'its import has changed meanwhile' } as const;

/** Undefined while the image is exactly what the plan named. */
async function whyChanged(
  { ims, sessions }: RemoveDeps,
  { image, entry }: Target,
): Promise<string | undefined> {
  const listed = await ims.images({ id: image.id });
  if (listed.kind !== 'ok') return `it cannot be read again: ${listed.code}: ${listed.message}`;
  const isEmpty = listed.value.length === 0 && listed.odd === undefined;
  const again = isEmpty ? await ims.images({ id: image.id, isUnregistered: true }) : listed;
  const [now, other] = again.kind === 'ok' ? again.value : [];
  if (!now) return 'it is no longer listed as it was';
  if (other) return 'it is listed twice';
  const { projectId } = await sessions.get();
  if (now.owner !== projectId || now.owner !== image.owner) return 'it has another owner';
  if (markerOf(now.tags) !== entry.key) return 'it no longer carries its marker';
  if (now.name !== image.name) return `it was renamed to ${now.name}`;
  if (now.status !== image.status) return `it is ${now.status} now`;
  if (now.createdAt !== image.createdAt) return 'it was created at another time';
  if (now.isProtected !== false) return 'it is protected now';
  return now.isShared ? 'it is shared now' : undefined;
}

type Attempt = DeleteAnswer | { readonly kind: 'changed'; readonly why: string };

/** Sends the DELETE until there is an answer; after an unclear one the image is read again first. */
async function tryToDelete(deps: RemoveDeps, target: Target): Promise<Attempt> {
  const { clock, stop, writer } = deps;
  for (let tries = 1; ; tries += 1) {
    const answer = await deleteImage(writer, target.image.id);
    if (answer.kind !== 'unclear') return answer;
    const sight = await sightOf(deps, target.image.id);
    if (isGone(sight)) return { kind: 'deleted' };
    if (tries === TRIES || stop.aborted) return answer;
    const pause = answer.retryAfterMs ?? PAUSE_MS * 2 ** (tries - 1);
    await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), stop);
    const changed = await whyChanged(deps, target);
    // It may be on its way out: then nothing is sent again either.
    if (changed !== undefined) {
      const isOut = isGone(await sightOf(deps, target.image.id));
      return isOut ? { kind: 'deleted' } : { kind: 'changed', why: changed };
    }
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
