import { type DeleteAnswer, deleteImage } from '../../shared/cloud/ims/delete-image.ts';
import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { Writer } from '../../shared/cloud/ims/ims-writer.ts';
import { type ImportKey, markerOf } from '../../shared/image/import-key.ts';
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

/** What was read counts for this long: a process that slept reads again. By the monotonic clock. */
const READ_COUNTS_MS = 10_000;

/** Reads the image again, writes the intent, deletes, and writes the result. */
export async function removeImage(deps: RemoveDeps, target: Target): Promise<RemovalResult> {
  const { image, kind, why } = target;
  const check = await checkAgain(deps, target);
  if (check.kind !== 'same') return { kind: 'kept', why: check.why };
  const { key } = check.entry;
  const removal = { imageId: image.id, key, name: image.name, kind, at: deps.clock.now() };
  const verb = kind === 'prune' ? 'to be pruned' : 'to be cleaned up';
  const line = `${verb}: image ${image.id}, ${why}`;
  if (!(await deps.ledger.removals.intend(check.entry, removal, line))) {
    return { kind: 'kept', why: MOVED };
  }
  return finish(deps, removal, await tryToDelete(deps, target, check.readAt));
}

const MOVED = 'its import has changed meanwhile';

type Check =
  | { readonly kind: 'same'; readonly entry: LedgerEntry; readonly readAt: number }
  | { readonly kind: 'changed' | 'unread'; readonly why: string };

/** Whether image and import are exactly what the plan named. */
async function checkAgain(deps: RemoveDeps, { image, entry }: Target): Promise<Check> {
  const { ims, sessions, ledger, clock } = deps;
  const readAt = clock.monotonic();
  const listed = await ims.images({ id: image.id });
  if (listed.kind !== 'ok') {
    return { kind: 'unread', why: `it cannot be read again: ${listed.code}: ${listed.message}` };
  }
  const isEmpty = listed.value.length === 0 && listed.odd === undefined;
  const again = isEmpty ? await ims.images({ id: image.id, isUnregistered: true }) : listed;
  const { projectId } = await sessions.get();
  const shown = again.kind === 'ok' ? again.value : [];
  const why = whyChanged(shown, { image, key: entry.key, projectId });
  if (why !== undefined) return { kind: 'changed', why };
  const now = await ledger.read(entry.key);
  if (!now || stateVersion(now) !== stateVersion(entry)) return { kind: 'changed', why: MOVED };
  return { kind: 'same', entry: now, readAt };
}

interface Named {
  readonly image: ImsImage;
  readonly key: ImportKey;
  readonly projectId: string;
}

function whyChanged(
  [now, other]: readonly ImsImage[],
  { image, key, projectId }: Named,
): string | undefined {
  if (!now) return 'it is no longer listed as it was';
  if (other) return 'it is listed twice';
  if (now.owner !== projectId || now.owner !== image.owner) return 'it has another owner';
  if (markerOf(now.tags) !== key) return 'it no longer carries its marker';
  if (now.name !== image.name) return `it was renamed to ${now.name}`;
  if (now.status !== image.status) return `it is ${now.status} now`;
  if (now.createdAt !== image.createdAt) return 'it was created at another time';
  if (now.isProtected !== false) return 'it is protected now';
  return now.isShared ? 'it is shared now' : undefined;
}

type Attempt = DeleteAnswer | { readonly kind: 'changed'; readonly why: string };

/** Sends the DELETE until there is an answer; after an unclear one everything is read again first. */
async function tryToDelete(
  deps: RemoveDeps,
  target: Target,
  firstReadAt: number,
): Promise<Attempt> {
  const { clock, stop, writer } = deps;
  const { id } = target.image;
  let readAt = firstReadAt;
  for (let tries = 1; ; tries += 1) {
    const isFresh = (): boolean => clock.monotonic() - readAt < READ_COUNTS_MS;
    const answer = await deleteImage(writer, id, isFresh);
    if (answer.kind !== 'unclear') return answer;
    if (isGone(await sightOf(deps, id))) return { kind: 'deleted' };
    if (tries >= TRIES || stop.aborted) return answer;
    const pause = answer.retryAfterMs ?? PAUSE_MS * 2 ** (tries - 1);
    await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), stop);
    const check = await checkAgain(deps, target);
    if (check.kind === 'same') readAt = check.readAt;
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
