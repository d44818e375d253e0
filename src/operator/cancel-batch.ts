import type { BatchDeps } from '../shared/ledger/batch-store.ts';
import { isDeclined } from '../shared/ledger/ledger-entry.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Status } from '../shared/state/import-state.ts';
import { type Selection, selectImports } from './select-imports.ts';

export interface Cancelled {
  readonly cancelled: number;
  /** Pending ones that another batch still wants. */
  readonly wantedElsewhere: number;
  /** What was not cancelled, by the state it is in. */
  readonly left: Readonly<Partial<Record<Status, number>>>;
}

/**
 * Takes back every selected image that was not submitted. An import that another batch wants stays
 * there; it is cancelled with the last of its batches.
 */
export async function cancelBatch(
  deps: BatchDeps & { readonly clock: Clock },
  selection: Selection,
): Promise<Cancelled> {
  let cancelled = 0;
  let wantedElsewhere = 0;
  const left: Partial<Record<Status, number>> = {};
  for await (const { key, state } of selectImports(deps, selection)) {
    const isLast = await deps.ledger.decline(key, selection.batch);
    if (state.status === 'pending' && !isLast) {
      wantedElsewhere += 1;
      continue;
    }
    const now = deps.clock.now();
    const { kind, entry } = await deps.ledger.change(
      key,
      { type: 'cancel' },
      { now, due: 0, onlyIf: isDeclined },
    );
    if (kind === 'changed') cancelled += 1;
    else if (entry) left[entry.state.status] = (left[entry.state.status] ?? 0) + 1;
  }
  return { cancelled, wantedElsewhere, left };
}
