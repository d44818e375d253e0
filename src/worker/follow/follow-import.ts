import type { ImportKey } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import type { ImportState } from '../../shared/state/import-state.ts';
import { isInFlight } from '../../shared/state/machine.ts';
import { record } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { lookUpDelay } from './decide-unknown.ts';
import type { InHand } from './in-hand.ts';
import { lookUp } from './look-up.ts';
import { pollCreating } from './poll-creating.ts';

/** How a queue job comes to its import. */
export interface Visit {
  /** The queue job was enqueued as this one. */
  readonly queued?: number;
  /** It has stayed here since the last poll. */
  readonly inHand?: InHand;
  /** It may stay here until the next one. @default false */
  readonly mayStay?: boolean;
}

/** One step of the queue `image-poll`: follows whatever IMS may be working on. */
export async function followImport(
  deps: WorkerDeps,
  key: ImportKey,
  { queued, inHand, mayStay = false }: Visit = {},
): Promise<Step> {
  if (inHand?.entry.state.status === 'creating') {
    const { entry, tellBy } = inHand;
    return pollCreating(deps, entry, { ...inHand.entry.state, tellBy, mayStay });
  }
  const entry = await deps.ledger.read(key);
  if (!entry) return { kind: 'done' };
  const { state } = entry;
  // A newer queue job follows it, or the sweeper enqueues one: two would poll twice.
  if (queued !== undefined && queued < entry.queued && isInFlight(state)) return { kind: 'done' };
  switch (state.status) {
    case 'pending':
      await deps.queues.addSubmits([triggerOf(entry)]);
      return { kind: 'done' };
    case 'submitting':
      return senderGone(deps, entry, state);
    case 'creating':
      return pollCreating(deps, entry, { ...state, mayStay });
    case 'unknown':
      return state.held ? { kind: 'done' } : lookUp(deps, entry, state);
    case 'failed':
      return { kind: 'failed', reason: state.reason };
    case 'succeeded':
    case 'cancelled':
      return { kind: 'done' };
  }
}

/** An intent without an answer: once its deadline is over, nobody will send for it any more. */
async function senderGone(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Extract<ImportState, { status: 'submitting' }>,
): Promise<Step> {
  const now = deps.clock.now();
  if (now <= state.sendBy) return { kind: 'again', delayMs: state.sendBy - now + 50 };
  const delayMs = lookUpDelay(0, deps.config.unknown.windowMs);
  const reason = {
    code: 'SENDER_GONE',
    message: 'the worker that was submitting this image has gone, with or without sending',
  };
  await record(deps, entry.key, {
    event: { type: 'unclear', epoch: entry.epoch, reason, at: now },
    nextStepMs: delayMs,
  });
  return { kind: 'again', delayMs };
}
