import type { ImportKey } from '../image/import-key.ts';
import type { ImportStore } from './import-store.ts';
import type { LedgerEntry } from './ledger-entry.ts';

const PAGE = 500;

/** Any number of imports, read in pages so that Redis is never blocked for long. Those that it lacks are left out. */
export async function entriesByKey(
  ledger: Pick<ImportStore, 'readMany'>,
  keys: readonly ImportKey[],
): Promise<ReadonlyMap<ImportKey, LedgerEntry>> {
  const entries = new Map<ImportKey, LedgerEntry>();
  for (let from = 0; from < keys.length; from += PAGE) {
    for (const entry of await ledger.readMany(keys.slice(from, from + PAGE))) {
      entries.set(entry.key, entry);
    }
  }
  return entries;
}
