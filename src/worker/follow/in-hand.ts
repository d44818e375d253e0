import type { Config } from '../../shared/config/config.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportEvent, ImportState } from '../../shared/state/import-state.ts';

/**
 * An import whose queue job stays with this worker until its next poll, which is near: handing the
 * job back to Redis and taking it again costs some forty commands.
 */
export interface InHand {
  /** As the ledger had it, and what the polls since then have told. */
  readonly entry: LedgerEntry;
  /** Until then the ledger does not expect to hear of it. */
  readonly tellBy: number;
}

export type Polled = Extract<ImportEvent, { readonly type: 'polled' }>;

/** In POLL_MIN: a poll that is not further away is waited for here. A lock that is kept costs, too. */
const NEAR = 12;
/** Less progress than this need not be told at once. */
const STEP = 0.1;

export function isNear(config: Pick<Config, 'poll' | 'lockMs'>, delayMs: number): boolean {
  return delayMs <= Math.min(NEAR * config.poll.minMs, 2 * config.lockMs);
}

/**
 * How long the ledger need not hear of an import in hand: its due time leaves two locks after each
 * planned step.
 */
export function tellAfterMs({ lockMs }: Pick<Config, 'lockMs'>): number {
  return lockMs;
}

/** True for a poll that told nothing but that the import still runs. */
export function isNoNews(before: ImportState, event: Polled): boolean {
  if (before.status !== 'creating') return false;
  const { progress = 0, lostReads, foreignReads } = before;
  // Bad answers count in a row: where the ledger is not told of a good one, the next bad one goes on counting.
  const endsRow = lostReads !== undefined || foreignReads !== undefined;
  return (
    !event.lost &&
    !endsRow &&
    event.overdue === (before.overdue ?? false) &&
    event.imageId === before.imageId &&
    event.successAt === before.successAt &&
    (event.progress ?? progress) - progress < STEP &&
    (event.otherImageIds ?? []).length === (before.otherImageIds ?? []).length
  );
}
