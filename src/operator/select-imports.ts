import { compileGlob } from '../shared/image/glob.ts';
import { type BatchDeps, batchEntries } from '../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';

/** Which images of a batch a command is about. */
export interface Selection {
  readonly batch: string;
  /** Image names, with `*` and `?`; absent: all. */
  readonly name?: string;
  /** Of the reason why it failed, or is unknown. */
  readonly code?: string;
  /** This one import only. */
  readonly key?: string;
}

/** The selected images of a batch in the manifest's order. */
export async function* selectImports(
  deps: BatchDeps,
  { batch, name, code, key }: Selection,
): AsyncGenerator<LedgerEntry> {
  const matches = name === undefined ? () => true : compileGlob(name).matches;
  for await (const entry of key === undefined ? batchEntries(deps, batch) : one(deps, batch, key)) {
    if (code !== undefined && codeOf(entry) !== code) continue;
    if (matches(entry.request.name)) yield entry;
  }
}

async function* one(
  { ledger }: BatchDeps,
  batch: string,
  key: string,
): AsyncGenerator<LedgerEntry> {
  const entry = await ledger.read(key);
  if (entry?.batches.includes(batch)) yield entry;
}

function codeOf({ state }: LedgerEntry): string | undefined {
  return 'reason' in state ? state.reason.code : undefined;
}
