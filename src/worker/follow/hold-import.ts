import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Unread } from '../../shared/look-up/look-at-images.ts';
import { type ImportEvent, type Reason, stateVersion } from '../../shared/state/import-state.ts';
import type { Followed } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { refusedReason, unreadableReason } from './hold-reason.ts';
import { pollFailed, readOnceMore, readStrangeOnceMore } from './keep-polling.ts';

type Disputed = Extract<ImportEvent, { readonly type: 'disputed' }>;

export interface NotLookedAt {
  readonly state: Pick<Followed, 'lostReads' | 'foreignReads'>;
  readonly unread: Unread;
  /** What IMS says of it meanwhile. */
  readonly failure?: Reason;
}

/** From now on the import waits for a person. */
export async function hold(
  deps: WorkerDeps,
  entry: LedgerEntry,
  why: Pick<Disputed, 'reason' | 'imageIds' | 'areOurs'>,
): Promise<Step> {
  const of = stateVersion(entry);
  const at = deps.clock.now();
  await record(deps, entry.key, { event: { type: 'disputed', of, at, ...why } });
  return { kind: 'done' };
}

/**
 * An import whose images could not be looked at stays as it is until they can be; where the right is missing,
 * several times in a row, a person has to know.
 */
export async function notLookedAt(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { state, unread, failure }: NotLookedAt,
): Promise<Step> {
  const { throttled, retryAfterMs, isForGood, reason } = unread;
  if (unread.foreign && !throttled && failure !== undefined) {
    // IMS answers, so this is no outage: something stands before this one call.
    const again = await readStrangeOnceMore(deps, entry, { ...state, ...reason });
    const why = beside(unreadableReason(reason), failure);
    return again ?? hold(deps, entry, { reason: why, imageIds: entry.seenImageIds, areOurs: true });
  }
  if (!isForGood) {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    return pollFailed(deps, entry, { kind: 'failed', throttled, ...reason, ...retry });
  }
  const again = await readOnceMore(deps, entry, state);
  if (again) return again;
  const refused = refusedReason(reason);
  const why = failure === undefined ? refused : beside(refused, failure);
  return hold(deps, entry, { reason: why, imageIds: entry.seenImageIds, areOurs: true });
}

/** The one reason, and what IMS says beside it. */
export function beside(reason: Reason, { code, message }: Reason): Reason {
  const failed = `IMS says that the import failed: ${code}: ${message}`;
  return { ...reason, message: `${reason.message}; ${failed}` };
}
