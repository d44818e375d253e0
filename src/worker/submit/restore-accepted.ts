import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportEvent } from '../../shared/state/import-state.ts';
import { pendingDueMs } from '../due-time.ts';
import { recordEvidence } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/**
 * Redis was emptied while a create was under way: its job id is the only trace of the image. The
 * import is registered anew in its batches, and the answer applied to it.
 */
export async function restoreAccepted(
  deps: WorkerDeps,
  entry: LedgerEntry,
  event: Extract<ImportEvent, { type: 'accepted' }>,
): Promise<LedgerEntry | undefined> {
  const { key, request, priority } = entry;
  deps.log.error(
    { key, name: request.name, batch: entry.batches, imsJobId: event.jobId, epoch: event.epoch },
    'Redis has lost an import that IMS has accepted; it is entered again',
  );
  const image = { request, line: 0, ...(priority === undefined ? {} : { priority }) };
  const now = deps.clock.wall.now();
  const due = deps.clock.now() + pendingDueMs(deps.config);
  for (const batch of entry.batches) {
    await deps.batches.register(batch, [image], { now, due });
  }
  const answer = await recordEvidence(deps, key, { event, nextStepMs: deps.config.poll.initialMs });
  return answer.entry;
}
