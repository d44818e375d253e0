import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { graceMs } from './due-time.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** Names the one process, and the one intent in it, that may send. */
export function senderName(workerId: string, intent: string): string {
  return `${workerId}.${intent}`;
}

/**
 * True while the sender of an intent may still get its answer: nobody should take it for gone. A
 * paused or cut-off worker counts as gone; its deadline keeps it from sending.
 */
export async function mayStillAnswer(deps: WorkerDeps, { state }: LedgerEntry): Promise<boolean> {
  if (state.status !== 'submitting') return false;
  const now = deps.clock.now();
  if (now <= state.sendBy) return true;
  const latest = state.sendBy + deps.config.postTimeoutMs + graceMs(deps.config);
  const [workerId = ''] = state.sender.split('.');
  return now < latest && (await deps.project.isAlive(workerId, deps.clock.wall.now()));
}
