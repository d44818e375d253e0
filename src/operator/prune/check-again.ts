import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { Removal } from '../../shared/ledger/image-removals.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { carriedKey, whyShared, whyUsed } from './decide.ts';
import { readShared, type SurveyDeps } from './survey.ts';

export interface CheckDeps extends SurveyDeps {
  readonly clock: Clock;
}

/** An image as the plan has named it, and why it goes. */
export interface Target {
  readonly image: ImsImage;
  readonly entry: LedgerEntry;
  readonly kind: Removal['kind'];
  /** For the story: `older than the newest 3 of debian-12-*`. */
  readonly why: string;
}

export type Check =
  /** `isFresh`: what was read still counts; a process that slept has to read again. */
  | { readonly kind: 'same'; readonly entry: LedgerEntry; readonly isFresh: () => boolean }
  | { readonly kind: 'changed' | 'unread'; readonly why: string }
  /** What uses images cannot be read: nothing can be deleted. */
  | { readonly kind: 'blind'; readonly why: string };

export const MOVED = 'its import has changed meanwhile';

/** For how long what was read counts, from the start of the read. By both clocks: one stands still while a host is suspended. */
const IMAGE_COUNTS_MS = 10_000;
/** Longer: a project with thousands of servers has many pages of them. */
const SERVERS_COUNT_MS = 120_000;

const SLOW_SERVERS =
  'the list of servers took longer than 2 minutes to read, so it no longer counts';
const SLOW_READS = 'it took longer than 10 s to be read again, so that no longer counts';

/** Right before a DELETE: whether image and import are exactly what the plan named, and nothing uses the image. */
export async function checkAgain(deps: CheckDeps, target: Target): Promise<Check> {
  const { clock, ledger } = deps;
  const { image, entry, kind } = target;
  const startedAt = clock.monotonic();
  // Nothing uses what a failed create left.
  const used = kind === 'prune' ? await servers(deps, image.id) : undefined;
  if (used) return used;
  if (clock.monotonic() - startedAt >= SERVERS_COUNT_MS)
    return { kind: 'blind', why: SLOW_SERVERS };
  const readAt = { wall: clock.now(), monotonic: clock.monotonic() };
  const changed = await imageChange(deps, target);
  if (changed) return changed;
  const shared = kind === 'prune' ? whyShared(await readShared(deps.members, image.id)) : undefined;
  if (shared) return { kind: 'changed', why: shared.why };
  const now = await ledger.read(entry.key);
  if (!now || stateVersion(now) !== stateVersion(entry)) return { kind: 'changed', why: MOVED };
  const isFresh = (): boolean => {
    const at = clock.monotonic();
    const sinceRead = Math.max(Math.abs(clock.now() - readAt.wall), at - readAt.monotonic);
    return sinceRead < IMAGE_COUNTS_MS && at - startedAt < SERVERS_COUNT_MS;
  };
  return isFresh() ? { kind: 'same', entry: now, isFresh } : { kind: 'unread', why: SLOW_READS };
}

async function servers({ usedImages }: CheckDeps, imageId: string): Promise<Check | undefined> {
  try {
    const used = whyUsed((await usedImages()).get(imageId));
    return used && { kind: 'changed', why: used.why };
  } catch (error) {
    if (error instanceof CloudError) return { kind: 'blind', why: error.message };
    throw error;
  }
}

async function imageChange(
  { ims, sessions }: CheckDeps,
  { image, entry }: Target,
): Promise<Check | undefined> {
  const listed = await ims.images({ id: image.id });
  if (listed.kind !== 'ok') {
    return { kind: 'unread', why: `it cannot be read again: ${listed.code}: ${listed.message}` };
  }
  const isEmpty = listed.value.length === 0 && listed.odd === undefined;
  const again = isEmpty ? await ims.images({ id: image.id, isUnregistered: true }) : listed;
  const { projectId } = await sessions.get();
  const shown = again.kind === 'ok' ? again.value : [];
  const why = whyChanged(shown, { image, key: entry.key, projectId });
  return why === undefined ? undefined : { kind: 'changed', why };
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
  if (carriedKey(now) !== key) return 'it no longer carries its marker';
  if (now.name !== image.name) return `it was renamed to ${now.name}`;
  if (now.status !== image.status) return `it is ${now.status} now`;
  if (now.createdAt !== image.createdAt) return 'it was created at another time';
  if (now.isProtected !== false) return 'it is protected now';
  return now.isShared ? 'it is shared now' : undefined;
}
