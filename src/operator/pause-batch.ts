import { type BatchDeps, batchEntries, requireBatch } from '../shared/ledger/batch-store.ts';
import type { Queues } from '../shared/queues/queues.ts';
import { triggerOf } from '../shared/queues/trigger-of.ts';

/** From now on nothing of this batch is submitted; what IMS has is followed on. */
export async function pauseBatch(deps: BatchDeps, batch: string): Promise<void> {
  await requireBatch(deps, batch);
  await deps.batches.setPaused(batch, true);
}

/**
 * Lets a batch go on. Queue jobs of paused images have ended: new ones are added. Answers how many.
 */
export async function unpauseBatch(
  deps: BatchDeps & { readonly queues: Queues },
  batch: string,
): Promise<number> {
  await requireBatch(deps, batch);
  // What others have created meanwhile is adopted.
  await deps.batches.requireScan();
  await deps.batches.setPaused(batch, false);
  // What waits from now on is taken by a worker that finds the batch going on.
  const waits = await deps.queues.waitingSubmits();
  let enqueued = 0;
  for await (const entry of batchEntries(deps, batch)) {
    if (entry.state.status !== 'pending') continue;
    const trigger = triggerOf(entry);
    if (waits.has(trigger) || (await deps.queues.waitsToSubmit(trigger))) continue;
    const queued = await deps.ledger.requeued(entry.key);
    await deps.queues.addSubmits([{ ...trigger, queued }]);
    enqueued += 1;
  }
  return enqueued;
}
