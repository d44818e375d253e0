import { isDone } from '../../shared/image/image-status.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { its } from '../../shared/look-up/find-ours.ts';
import { withMarker } from '../../shared/look-up/match-found.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import type { Followed } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

const SAMPLES_WANTED = 20;
/** Share of the later imports that are still looked at: clouds change. */
const LATER_SHARE = 0.05;

/**
 * Policy `auto` rests on a measurement: does the list show images that are still being created, and
 * how soon? The first imports of a project are looked up beside their polls until that is known.
 * A sample is an upper bound: the image may have been listed long before this poll. Answers the import
 * as it is after that.
 */
export async function measureListing(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<LedgerEntry> {
  const { policy } = deps.config.unknown;
  if (policy !== 'auto' || state.listed === true || state.adopted) return entry;
  const isEarly = (await deps.project.listingLag()).samples < SAMPLES_WANTED;
  const isAsked =
    state.listed === false
      ? isSeldomEnough(state, deps.clock.now())
      : isEarly || deps.random.next() < LATER_SHARE;
  if (!isAsked) return entry;
  const session = await deps.sessions.get().catch(() => undefined);
  const answer = await deps.ims.images({ marker: entry.key, ...its(entry) });
  if (!session || answer.kind !== 'ok') return entry;
  const { projectId } = session;
  const [image] = withMarker(answer.value, { key: entry.key, projectId });
  if (image && isDone(image.status)) return entry;
  const listed = image !== undefined;
  if (listed) await deps.project.addLag(entry.key, elapsedMs(deps, entry, state));
  if (!listed && state.listed !== undefined) return entry;
  const event = { type: 'probed', of: stateVersion(entry), listed } as const;
  const probed = await record(deps, entry.key, { event, seen: entry });
  return probed.kind === 'changed' ? probed.entry : entry;
}

const FIRST_PAUSE_MS = 15_000;

/** In vain once, it is asked for again each time that its age has doubled. */
function isSeldomEnough({ since, polledAt = since }: Followed, now: number): boolean {
  const doubled = (at: number): number =>
    Math.floor(Math.log2(Math.max(1, at - since) / FIRST_PAUSE_MS));
  return doubled(now) > doubled(polledAt);
}

/** An image that was asked for in vain until it was done: its whole duration counts as its lag. */
export async function noteListing(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<void> {
  if (state.listed !== false || state.adopted) return;
  await deps.project.addLag(entry.key, elapsedMs(deps, entry, state));
}

/** The fleet's time may have stood still, and a wall clock may have been set back: the longer one counts. */
function elapsedMs({ clock }: WorkerDeps, entry: LedgerEntry, { since }: Followed): number {
  const wall = clock.wall.now() - (entry.acceptedAt ?? clock.wall.now());
  return Math.max(0, clock.now() - since, wall);
}
