import { graceMs, pendingDueMs } from '../due-time.ts';
import { triggerOf, type WorkerDeps } from '../worker-deps.ts';

const PAGE = 200;

/**
 * Enqueues what should have moved by now and has no queue job any more: removed on the dashboard,
 * lost with a killed process, or never added. Hurries what is only delayed. Costs what is overdue.
 * Answers how many were enqueued.
 */
export async function sweep(deps: WorkerDeps): Promise<number> {
  let enqueued = 0;
  for (;;) {
    const now = deps.clock.now();
    const jitter = 1 + deps.random.next();
    const keys = await deps.ledger.sweep(now, PAGE, {
      pending: now + pendingDueMs(deps.config) * jitter,
      others: now + graceMs(deps.config) * jitter,
    });
    for (const entry of await deps.ledger.readMany(keys)) {
      const queue = entry.state.status === 'pending' ? 'submit' : 'poll';
      if (await deps.queues.hurry(triggerOf(entry), queue)) continue;
      const trigger = { ...triggerOf(entry), queued: await deps.ledger.requeued(entry.key) };
      if (queue === 'submit') await deps.queues.addSubmits([trigger]);
      else await deps.queues.addPoll(trigger, 0);
      enqueued += 1;
    }
    if (keys.length < PAGE || deps.stopping.aborted) return enqueued;
  }
}
