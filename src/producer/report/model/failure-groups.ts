import type { FailureGroup, ImageRow } from './batch-report.ts';

/** Failed, held and other unknown images by code, the largest group first. */
export function failureGroups(batch: string, rows: readonly ImageRow[]): readonly FailureGroup[] {
  const groups = new Map<string, Gathered>();
  for (const { state, held, name, error } of rows) {
    if ((state !== 'failed' && state !== 'unknown') || !error) continue;
    const id = `${state} ${held} ${error.code}`;
    const group = groups.get(id);
    if (group) {
      group.names.push(name);
      group.advice ??= error.advice;
    } else {
      const { code, message, advice } = error;
      groups.set(id, { state, held, code, message, advice, names: [name] });
    }
  }
  return [...groups.values()]
    .map(({ advice, ...group }) => ({
      ...group,
      advice: group.held || advice === undefined ? adviceFor(group.state, batch) : advice,
      count: group.names.length,
    }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

interface Gathered {
  readonly state: 'failed' | 'unknown';
  readonly held: boolean;
  readonly code: string;
  readonly message: string;
  advice: string | undefined;
  readonly names: string[];
}

/** What is held waits for a decision: that of the error was for before. */
function adviceFor(state: 'failed' | 'unknown', batch: string): string {
  return state === 'failed'
    ? `Mend the cause, then run: ims-ferry retry ${batch}`
    : `See what is known, and settle it: ims-ferry resolve ${batch}`;
}
