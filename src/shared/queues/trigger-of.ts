import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Trigger } from './queues.ts';

/** The queue job of an import as the ledger has it. */
export function triggerOf(entry: LedgerEntry): Trigger {
  return {
    key: entry.key,
    name: entry.request.name,
    attempt: entry.attempt,
    epoch: entry.epoch,
    queued: entry.queued,
    ...(entry.priority === undefined ? {} : { priority: entry.priority }),
  };
}
