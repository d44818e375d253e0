import { nameMatcher } from '../shared/image/name-pattern.ts';
import { type BatchDeps, batchEntries } from '../shared/ledger/batch-entries.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';

/** Which images of a batch a command is about. */
export interface Selection {
  readonly batch: string;
  /** Image names, with `*` and `?`; absent: all. */
  readonly name?: string;
}

/** The selected images of a batch in the manifest's order. */
export async function* selectImports(
  deps: BatchDeps,
  { batch, name }: Selection,
): AsyncGenerator<LedgerEntry> {
  const matches = name === undefined ? () => true : nameMatcher(name);
  for await (const entry of batchEntries(deps, batch)) {
    if (matches(entry.request.name)) yield entry;
  }
}
