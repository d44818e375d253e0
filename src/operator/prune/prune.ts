import { hash } from 'node:crypto';
import { UsageError } from '../../shared/errors/errors.ts';
import type { RetentionRule } from '../../shared/image/image-request.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { PlannedRemoval } from './decide.ts';
import { type RemovalResult, type RemoveDeps, removeImage } from './remove-image.ts';
import { surveyPrune } from './survey.ts';

export interface PruneDeps extends RemoveDeps {
  readonly project: ProjectStore;
  /** Names this process. */
  readonly owner: string;
  readonly lockMs: number;
}

/** After that many deletions everything is read again: servers, shares, the order of the family. */
const AT_ONCE = 10;

export interface PrunedImage {
  readonly row: PlannedRemoval;
  readonly result: RemovalResult;
}

/** Names a plan: two plans that delete the same images have the same id. */
export function planId(plan: readonly PlannedRemoval[]): string {
  const ids = toDelete(plan).map(({ image }) => image.id);
  return hash('sha256', ids.join(' ')).slice(0, 12);
}

export function toDelete(plan: readonly PlannedRemoval[]): PlannedRemoval[] {
  return plan.filter(({ keep }) => keep === undefined);
}

/**
 * One deletion at a time in a project.
 * @throws UsageError while another process deletes
 */
export async function aloneInProject<T>(deps: PruneDeps, work: () => Promise<T>): Promise<T> {
  const done = await withLease('prune', deps, async () => ({ value: await work() }));
  if (done) return done.value;
  throw new UsageError(
    'Another process deletes images of this project at the moment.',
    'Run the command again when it has ended.',
  );
}

/**
 * Deletes what the plan names, and nothing else: an image must be in the plan, in each newer one that is made
 * while it works, and must look the same when it is read right before its DELETE.
 */
export async function prune(
  deps: PruneDeps,
  rules: readonly RetentionRule[],
  {
    plan,
    onEach,
  }: { readonly plan: readonly PlannedRemoval[]; readonly onEach: (one: PrunedImage) => void },
): Promise<readonly PrunedImage[]> {
  const results: PrunedImage[] = [];
  const note = (row: PlannedRemoval, result: RemovalResult): void => {
    results.push({ row, result });
    onEach({ row, result });
  };
  // The oldest first: whatever ends this early, the newest ones are left.
  const wanted = toDelete(plan).reverse();
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const now = new Map((await surveyPrune(deps, rules)).map((row) => [row.image.id, row]));
    for (const row of wanted.slice(from, from + AT_ONCE)) {
      if (deps.stop.aborted) return results;
      const fresh = now.get(row.image.id);
      const result = await removePlanned(deps, row, fresh);
      note(row, result);
      if (result.kind === 'denied') return results;
    }
  }
  return results;
}

async function removePlanned(
  deps: PruneDeps,
  row: PlannedRemoval,
  fresh: PlannedRemoval | undefined,
): Promise<RemovalResult> {
  if (!fresh) return { kind: 'kept', why: 'it is no longer listed as it was' };
  if (fresh.keep) return { kind: 'kept', why: fresh.why };
  const { entry, why } = fresh;
  if (!entry) return { kind: 'kept', why: 'its import is not in this ledger' };
  return removeImage(deps, { image: row.image, entry, kind: 'prune', why });
}
