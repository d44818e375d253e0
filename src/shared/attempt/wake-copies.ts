import type { ChangeOptions, ImportStore } from '../ledger/import-store.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { type Queues, triggerOf } from '../queues/queues.ts';
import { isEnded } from '../state/machine.ts';

/** The reason of a copy whose source failed or was cancelled. */
export const SOURCE_FAILED = 'SOURCE_FAILED';

interface WakeDeps {
  readonly ledger: ImportStore;
  readonly queues: Queues;
}

/** By the wall clock and by the fleet's time. */
interface Times extends Pick<ChangeOptions, 'now' | 'due'> {
  readonly at: number;
}

/**
 * Enqueues the copies of an import that has come to rest, so that each sees what has become of its source. Copies
 * that failed with an earlier attempt of it start again as soon as it has another one.
 */
export async function wakeCopies(deps: WakeDeps, source: LedgerEntry, times: Times): Promise<void> {
  for (const copy of await deps.ledger.readMany(source.copies ?? [])) {
    if (isEnded(source.state.status)) await enqueueCopy(deps, copy);
    const { status } = source.state;
    if (status !== 'failed' && status !== 'cancelled') await startAgain(deps, copy, times);
  }
}

/** Adds a queue job to a copy that waits without one. */
export async function enqueueCopy({ ledger, queues }: WakeDeps, copy: LedgerEntry): Promise<void> {
  if (copy.state.status !== 'pending') return;
  const queued = await ledger.requeued(copy.key);
  await queues.addSubmits([{ ...triggerOf(copy), queued }]);
}

async function startAgain(
  { ledger, queues }: WakeDeps,
  { key }: LedgerEntry,
  { at, ...options }: Times,
): Promise<void> {
  const onlyIf = ({ state }: LedgerEntry): boolean =>
    state.status === 'failed' && state.reason.code === SOURCE_FAILED;
  const answer = await ledger.change(key, { type: 'retry', at }, { ...options, onlyIf });
  if (answer.kind !== 'changed') return;
  const { entry } = answer;
  if (entry.state.status === 'pending') await queues.addSubmits([triggerOf(entry)]);
  else await queues.addPoll(triggerOf(entry), 0);
}
