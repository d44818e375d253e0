import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { findOurs } from '../../shared/look-up/find-ours.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { type ImportState, incarnation } from '../../shared/state/import-state.ts';
import { record } from '../record.ts';
import { slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { adoptFound } from './adopt.ts';
import { decideUnknown, lookUpDelay } from './decide-unknown.ts';

/** Settles an unknown import: adopt what is found, else wait out the window, then by policy. */
export async function lookUp(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Extract<ImportState, { status: 'unknown' }>,
): Promise<Step> {
  const { windowMs, policy } = deps.config.unknown;
  const pauseMs = lookUpDelay(state.lookUps, windowMs);
  // The end of a window is read off a clock that was compared with Redis just now.
  if (!(await deps.clock.measure())) return { kind: 'again', delayMs: pauseMs };
  const startedAt = deps.clock.now();
  const found = await findOurs(deps, entry);
  if (found.kind === 'failed') {
    if (!found.throttled) return { kind: 'again', delayMs: pauseMs };
    return { kind: 'again', delayMs: await slowDown(deps, 'read', found.retryAfterMs) };
  }
  if (found.images.length > 0) {
    await adoptFound(deps, entry, found.images);
    return { kind: 'done' };
  }
  const lag = await deps.project.listingLag();
  const verdict = decideUnknown({ startedAt, sendBy: state.sendBy, policy, windowMs, lag });
  const { entry: after } = await record(deps, entry.key, {
    event: { type: 'not-found', of: incarnation(entry), verdict, at: startedAt },
    nextStepMs: pauseMs,
  });
  if (after?.state.status === 'pending') await deps.queues.addSubmits([triggerOf(after)]);
  if (after?.state.status === 'creating') await deps.queues.addPoll(triggerOf(after), 0);
  return verdict === 'look-again' ? { kind: 'again', delayMs: pauseMs } : { kind: 'done' };
}
