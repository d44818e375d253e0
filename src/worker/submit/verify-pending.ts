import { ALL_ENTERPRISE_PROJECTS } from '../../shared/image/image-fields.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { findOurs } from '../../shared/look-up/find-ours.ts';
import { unsureIds } from '../../shared/look-up/judge-unmarked.ts';
import { type Reason, stateVersion } from '../../shared/state/import-state.ts';
import { adoptFound } from '../follow/adopt.ts';
import { refusedReason, unsureReason } from '../follow/hold-reason.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** `clear`: nothing speaks against a create. `moved`: an image was adopted. `unread`: ask again. */
export type Verdict = 'clear' | 'moved' | 'unread';

/**
 * What has to be looked at before each try to be admitted, because waiting may take hours: that an
 * earlier create of this import has still left no image. Most imports have none, and cost nothing. Only a
 * look of this process counts as fresh: the fleet's time stands still while no worker runs.
 */
export function createVerifier(deps: WorkerDeps, entry: LedgerEntry): () => Promise<Verdict> {
  const { state } = entry;
  if (state.status !== 'pending') return async () => 'moved';
  const freshMs = deps.config.unknown.windowMs / 3;
  const { clock } = deps;
  let looked: Moment | undefined;
  return async () => {
    if (state.lookedAt === undefined && !isElsewhere(deps, entry)) return 'clear';
    const now = { wall: clock.wall.now(), monotonic: clock.monotonic() };
    if (looked && isFresh(looked, now, freshMs)) return 'clear';
    const found = await findOurs(deps, entry);
    if (found.kind === 'failed') {
      // Others need not wait for what only this image needs.
      const isRefused = found.isForGood && found.isOwn;
      return isRefused ? hold(deps, entry, { reason: refusedReason(found.reason) }) : 'unread';
    }
    if (found.images.length > 0) {
      await adoptFound(deps, entry, found.images);
      return 'moved';
    }
    // It may be the image of the earlier create: nothing is created beside it.
    if (found.unsure.length > 0) {
      return hold(deps, entry, {
        reason: unsureReason(found.unsure),
        imageIds: unsureIds(found.unsure),
      });
    }
    looked = now;
    return 'clear';
  };
}

/** The list that was scanned before the first create does not hold the images of its enterprise project. */
function isElsewhere(
  { enterpriseProjectId: usual }: WorkerDeps,
  { request }: LedgerEntry,
): boolean {
  const own = request.enterprise_project_id;
  const isListed = usual === undefined || usual === ALL_ENTERPRISE_PROJECTS || usual === own;
  return own !== undefined && !isListed;
}

/** By two clocks: one of them knows of a host that slept, the other of a wall clock that was set. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

function isFresh(looked: Moment, now: Moment, freshMs: number): boolean {
  const wallMs = now.wall - looked.wall;
  return wallMs >= 0 && wallMs < freshMs && now.monotonic - looked.monotonic < freshMs;
}

async function hold(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { reason, imageIds = [] }: { readonly reason: Reason; readonly imageIds?: readonly string[] },
): Promise<Verdict> {
  const of = stateVersion(entry);
  const why = { reason, imageIds, areOurs: false, at: deps.clock.now() };
  await record(deps, entry.key, { event: { type: 'disputed', of, ...why } });
  return 'moved';
}
