import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { markerOf } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { type Found, findOurs } from '../../shared/look-up/find-ours.ts';
import { firstUnread, lookAtImages, type Seen } from '../../shared/look-up/look-at-images.ts';
import { type ImportState, type Reason, stateVersion } from '../../shared/state/import-state.ts';
import { unreplaced } from '../../shared/state/rules.ts';
import { adoptFound } from '../follow/adopt.ts';
import { holdReason, refusedReason, unsureReason } from '../follow/hold-reason.ts';
import { record } from '../record.ts';
import { slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';

type Pending = Extract<ImportState, { status: 'pending' }>;

/** So often list and image reads have to agree, one after the other. */
export const LOOKS = 8;
const LONGEST_SPAN_MS = 30_000;
const UNREAD_MS = 5000;

/** How far apart two of the looks are: one bad moment of the cloud must not hold all of them. */
export function looksApartMs(windowMs: number): number {
  return Math.min(windowMs / 3, LONGEST_SPAN_MS) / (LOOKS - 1);
}

export type Checked =
  /** No image of it is known any more. */
  | { readonly kind: 'clear'; readonly entry: LedgerEntry }
  | { readonly kind: 'not-yet'; readonly step: Step };

/**
 * An import of which an image is known is created again only when a person asks for that, and when
 * that image is gone: the list and a read of the image agree, several times, spread over time. One that is
 * still there is taken over instead. Most imports have none, and cost nothing.
 */
export async function checkGone(deps: WorkerDeps, entry: LedgerEntry): Promise<Checked> {
  const { state } = entry;
  if (state.status !== 'pending') return notYet({ kind: 'again', delayMs: 100 });
  const ids = [...new Set([...entry.seenImageIds, ...(state.replaces ?? [])])];
  if (ids.length === 0) return { kind: 'clear', entry };
  const waitMs = stillToWait(deps, state);
  if (waitMs > 0) return notYet({ kind: 'again', delayMs: waitMs });
  const found = isFirstOrLast(state) ? await findOurs(deps, entry) : NOTHING_ELSE;
  if (found.kind === 'failed') {
    if (found.isForGood)
      return hold(deps, entry, { imageIds: ids, reason: refusedReason(found.reason) });
    if (!found.throttled) return notYet(later(deps));
    return notYet({ kind: 'again', delayMs: await slowDown(deps, 'read', found.retryAfterMs) });
  }
  const seen = await lookAtImages(deps.ims, ids, entry.request.enterprise_project_id);
  const images = found.images.length > 0 ? found.images : seen.flatMap(aliveOf(entry));
  if (images.length > 0) return takenOver(deps, entry, images);
  if (found.unsure.length > 0)
    return hold(deps, entry, { imageIds: ids, reason: unsureReason(found.unsure) });
  const unread = firstUnread(seen);
  if (unread?.isForGood)
    return hold(deps, entry, { imageIds: ids, reason: refusedReason(unread.reason) });
  return unread ? notYet(later(deps)) : allGone(deps, entry, { state, seen });
}

/** The image, where it is there and carries no marker of another import. */
function aliveOf({ key }: LedgerEntry): (seen: Seen) => readonly ImsImage[] {
  return ({ sight }) =>
    sight.kind === 'alive' && (markerOf(sight.image.tags) ?? key) === key ? [sight.image] : [];
}

/** By its marker it is looked for twice; in between, reads by id and the list by id have to agree. */
function isFirstOrLast({ gone }: Pending): boolean {
  return gone === undefined || gone.looks >= LOOKS - 1;
}

const NOTHING_ELSE: Found = { kind: 'found', images: [], unsure: [] };

function notYet(step: Step): Checked {
  return { kind: 'not-yet', step };
}

function later({ random }: WorkerDeps): Step {
  return { kind: 'again', delayMs: UNREAD_MS * (0.5 + random.next()) };
}

/** Whoever hurries the queue job does not make the looks come closer together. */
function stillToWait({ clock, config }: WorkerDeps, { gone }: Pending): number {
  if (gone === undefined) return 0;
  const apartMs = looksApartMs(config.unknown.windowMs);
  return Math.min(apartMs, gone.at + apartMs - clock.now());
}

async function takenOver(
  deps: WorkerDeps,
  entry: LedgerEntry,
  images: Parameters<typeof adoptFound>[2],
): Promise<Checked> {
  const imageIds = images.map(({ id }) => id);
  deps.log.warn({ key: entry.key, imageIds }, 'image is still there, nothing to recreate');
  await adoptFound(deps, entry, images);
  return notYet({ kind: 'again', delayMs: 100 });
}

async function allGone(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { state, seen }: { readonly state: Pending; readonly seen: readonly Seen[] },
): Promise<Checked> {
  // Nobody has asked to replace this one: a list showed it a moment ago.
  const others = unreplaced(entry, state);
  const reason = others.length > 0 ? holdReason(seen, []) : undefined;
  if (reason) return hold(deps, entry, { imageIds: others, reason });
  const looks = (state.gone?.looks ?? 0) + 1;
  const areDead = seen.every(({ sight }) => sight.kind === 'dead');
  const isProven = areDead || looks >= LOOKS;
  const delayMs = looksApartMs(deps.config.unknown.windowMs);
  const event = { type: 'gone', of: stateVersion(entry), isProven, at: deps.clock.now() } as const;
  const { entry: after } = await record(deps, entry.key, { event, nextStepMs: delayMs });
  if (!isProven) return notYet({ kind: 'again', delayMs });
  return after ? { kind: 'clear', entry: after } : notYet({ kind: 'done' });
}

async function hold(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { imageIds, reason }: { readonly imageIds: readonly string[]; readonly reason: Reason },
): Promise<Checked> {
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const event = { type: 'disputed', of, reason, imageIds, areOurs: false, at } as const;
  await record(deps, entry.key, { event });
  return notYet({ kind: 'again', delayMs: 100 });
}
