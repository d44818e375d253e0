import type { ImportKey } from '../image/import-key.ts';
import type { FleetClock } from '../ledger/fleet-clock.ts';
import type { ChangeOptions, ImportStore } from '../ledger/import-store.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { type Queues, triggerOf } from '../queues/queues.ts';
import type { Clock } from '../runtime/clock.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { isEnded } from '../state/machine.ts';
import { wakeCopies } from './wake-copies.ts';

export interface AttemptDeps {
  readonly ledger: ImportStore;
  readonly queues: Queues;
  /** For people. */
  readonly clock: Clock;
  /** For everything that protects. */
  readonly time: FleetClock;
  readonly lockMs: number;
}

interface Attempt extends Pick<ChangeOptions, 'request' | 'onlyIf'> {
  readonly type: 'retry' | 'recreate';
}

/**
 * Starts a new attempt for an import that failed or was cancelled (`retry`), or whose image is gone
 * (`recreate`), and enqueues it. What an older create left is followed instead of creating again. Returns the
 * entry, or `undefined` when the event did not apply.
 */
export async function newAttempt(
  deps: AttemptDeps,
  key: ImportKey,
  { type, request, onlyIf }: Attempt,
): Promise<LedgerEntry | undefined> {
  // A dashboard runs for weeks: its reading of the fleet's time may be old.
  await deps.time.freshen();
  const due = deps.time.now() + 2 * deps.lockMs;
  const answer = await deps.ledger.change(
    key,
    { type, at: deps.time.now() },
    { now: deps.clock.now(), due, ...omitUndefined({ request, onlyIf }) },
  );
  if (answer.kind !== 'changed') return undefined;
  await enqueue(deps, answer.entry);
  return answer.entry;
}

/** Adds the queue job that an import in this state needs, none for one at rest; its copies hear of it. */
export async function enqueue(deps: AttemptDeps, entry: LedgerEntry): Promise<void> {
  const { queues, time, clock, lockMs } = deps;
  const { status } = entry.state;
  if (status === 'pending') await queues.addSubmits([triggerOf(entry)]);
  else if (!isEnded(status)) await queues.addPoll(triggerOf(entry), 0);
  if (entry.copies === undefined) return;
  const at = time.now();
  await wakeCopies(deps, entry, { at, now: clock.now(), due: at + 2 * lockMs });
}
