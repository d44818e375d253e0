import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { reasonOf } from '../../ui/image-row.ts';
import { type FailureGroup, failureTable } from './image-rows.ts';
import { type Line, line, wrap } from './text.ts';

/** Counts failures by code while images pass by, however many there are. */
export class FailureCodes {
  readonly #groups = new Map<string, FailureGroup>();

  add(entry: LedgerEntry): void {
    const { state } = entry;
    const reason = reasonOf(entry);
    const isHeld = state.status === 'unknown' && state.held;
    if (!reason || (state.status !== 'failed' && !isHeld)) return;
    const { code, message, advice } = reason;
    const kind = isHeld ? 'held' : 'failed';
    const known = this.#groups.get(`${kind} ${code}`);
    const group = known ?? {
      kind,
      code,
      count: 0,
      message,
      ...(advice !== undefined && { advice }),
    };
    this.#groups.set(`${kind} ${code}`, { ...group, count: group.count + 1 });
  }

  /** `IMG.0057  ×58  the reason`, the most frequent first, each with its advice below. */
  lines(width: number): readonly Line[] {
    const groups = [...this.#groups.values()].sort((a, b) => b.count - a.count);
    const rows = failureTable(groups, width);
    return groups.flatMap(({ advice }, at) => [
      ...(at === 0 ? [[]] : []),
      rows[at] ?? [],
      ...(advice === undefined
        ? []
        : wrap(advice, Math.max(20, width - 6), 4).map((text) => line('      ', text))),
    ]);
  }
}
