import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import type { Creating } from './keep-polling.ts';
import { withMarker } from './match-found.ts';

const SAMPLES_KEPT = 20;

/**
 * Policy `auto` rests on a measurement: does the list show images that are still being created, and
 * how soon? The first imports of a project are looked up beside their polls until that is known.
 * A sample is an upper bound: the image may have been listed long before this poll.
 */
export async function measureListing(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Creating,
): Promise<void> {
  if (deps.config.unknown.policy !== 'auto' || state.seenListed) return;
  if ((await deps.project.listingLag()).samples >= SAMPLES_KEPT) return;
  const session = await deps.sessions.get().catch(() => undefined);
  const listed = await deps.ims.images({ marker: entry.key });
  if (!session || listed.kind !== 'ok') return;
  const [image] = withMarker(listed.value, {
    key: entry.key,
    name: entry.request.name,
    imageUrl: entry.request.image_url,
    projectId: session.projectId,
    intentAt: state.since,
  });
  if (!image || image.status === 'active') return;
  await deps.project.addLag(entry.key, Math.max(0, deps.clock.now() - state.since));
  await record(deps, entry.key, { event: { type: 'seen-listed' } });
}
