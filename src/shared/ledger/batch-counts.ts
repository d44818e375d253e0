import type { Trouble } from './batch-ledger.ts';
import type { EntryHash } from './ledger-entry.ts';

/** What people may have written over is put right by the workers; until then it counts as nothing. */
export function countOf(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

const TROUBLE = /^f:(failed|held):(.+)$/s;

/** The most frequent first. */
export function troublesOf(hash: EntryHash): readonly Trouble[] {
  return Object.entries(hash)
    .flatMap(([field, count]) => {
      const [, kind, code] = TROUBLE.exec(field) ?? [];
      if (code === undefined || Number(count) <= 0) return [];
      return [{ kind: kind as Trouble['kind'], code, count: Number(count) }];
    })
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
