import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { WaitingSubmits } from '../../shared/queues/queues.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { graceMs, pendingDueMs } from '../due-time.ts';
import { mayStillAnswer } from '../sender.ts';
import type { WorkerDeps } from '../worker-deps.ts';

const PAGE = 200;

/**
 * Enqueues what should have moved by now and has no queue job any more: removed on the dashboard,
 * lost with a killed process, or never added. Hurries what is only delayed. Costs what is overdue.
 * Answers how many were enqueued.
 */
export async function sweep(deps: WorkerDeps): Promise<number> {
  let enqueued = 0;
  let waits: WaitingSubmits | undefined;
  for (;;) {
    const now = deps.clock.now();
    const jitter = 1 + deps.random.next();
    // Put off for a moment only: should this worker die now, the next one takes them up.
    const keys = await deps.ledger.sweep(now, PAGE, now + graceMs(deps.config) * jitter);
    const waiting: string[] = [];
    const answering: string[] = [];
    // Not before there is something overdue, and once for all of it.
    if (keys.length > 0) waits ??= await deps.queues.waitingSubmits();
    for (const entry of await deps.ledger.readMany(keys)) {
      if (entry.state.status === 'pending' && waits?.has(triggerOf(entry))) waiting.push(entry.key);
      else if (await mayStillAnswer(deps, entry)) answering.push(entry.key);
      else if (await isEnqueued(deps, entry)) enqueued += 1;
      else if (entry.state.status === 'pending') waiting.push(entry.key);
    }
    await deps.ledger.putOff(waiting, now + pendingDueMs(deps.config) * jitter);
    await deps.ledger.putOff(answering, now + deps.config.lockMs / 4);
    if (keys.length < PAGE || deps.stopping.aborted) return enqueued;
  }
}

/** False when its queue job is there and well. */
async function isEnqueued(deps: WorkerDeps, entry: LedgerEntry): Promise<boolean> {
  const queue = entry.state.status === 'pending' ? 'submit' : 'poll';
  if (await deps.queues.hurry(triggerOf(entry), queue)) return false;
  const trigger = { ...triggerOf(entry), queued: await deps.ledger.requeued(entry.key) };
  if (queue === 'submit') await deps.queues.addSubmits([trigger]);
  else await deps.queues.addPoll(trigger, 0);
  return true;
}
