import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/**
 * Takes over what was found for an import as it was read: one image is adopted and followed, several
 * raise the alarm and hold it. Answers what the ledger holds then.
 */
export async function adoptFound(
  deps: WorkerDeps,
  entry: LedgerEntry,
  images: readonly Pick<ImsImage, 'id' | 'status'>[],
): Promise<LedgerEntry | undefined> {
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const [image, ...more] = images;
  if (!image) return entry;
  if (more.length > 0) {
    const imageIds = images.map(({ id }) => id);
    deps.log.error({ key: entry.key, imageIds }, 'double: several images carry one marker');
    const held = await record(deps, entry.key, { event: { type: 'found-many', of, imageIds, at } });
    return held.entry;
  }
  const { entry: after } = await record(deps, entry.key, {
    event: { type: 'found', of, image, at },
  });
  if (after?.state.status === 'creating') await deps.queues.addPoll(triggerOf(after), 0);
  return after;
}
