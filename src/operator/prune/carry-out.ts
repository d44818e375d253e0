import { hash } from 'node:crypto';
import { CloudError, UsageError } from '../../shared/errors/errors.ts';
import type { Removal } from '../../shared/ledger/image-removals.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { PlannedRemoval } from './decide.ts';
import { type RemovalResult, type RemoveDeps, removeImage } from './remove-image.ts';

export interface RemovalDeps extends RemoveDeps {
  readonly project: ProjectStore;
  /** Names this process. */
  readonly owner: string;
  readonly lockMs: number;
}

/** After that many deletions the whole list is read again, for the order of the families. */
const AT_ONCE = 10;

export interface RemovedImage {
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
export async function aloneInProject<T>(deps: RemovalDeps, work: () => Promise<T>): Promise<T> {
  const done = await withLease('prune', deps, async () => ({ value: await work() }));
  if (done) return done.value;
  throw new UsageError(
    'Another process deletes images of this project at the moment.',
    'Run the command again when it has ended.',
  );
}

interface Carrying {
  readonly plan: readonly PlannedRemoval[];
  /** Makes it again, as far as nothing reads that right before each DELETE. */
  readonly planAgain: () => Promise<readonly PlannedRemoval[]>;
  readonly kind: Removal['kind'];
  readonly onEach: (one: RemovedImage) => void;
}

/**
 * Deletes what the plan names, and nothing else: an image must be in the plan, in each newer one that is made
 * meanwhile, and must look the same and be in nobody's use when that is read right before its DELETE.
 */
export async function carryOut(
  deps: RemovalDeps,
  { plan, planAgain, kind, onEach }: Carrying,
): Promise<readonly RemovedImage[]> {
  const results: RemovedImage[] = [];
  // The oldest first: whatever ends this early, the newest ones are left.
  const wanted = toDelete(plan).reverse();
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const now = await surveyed(planAgain, from > 0);
    for (const row of wanted.slice(from, from + AT_ONCE)) {
      if (deps.stop.aborted) return results;
      const result =
        now.kind === 'blind'
          ? now
          : await removePlanned(deps, { row, kind, fresh: now.rows.get(row.image.id) });
      results.push({ row, result });
      onEach({ row, result });
      if (result.kind === 'denied' || result.kind === 'blind') return results;
    }
  }
  return results;
}

type Surveyed =
  | { readonly kind: 'seen'; readonly rows: ReadonlyMap<string, PlannedRemoval> }
  | Extract<RemovalResult, { kind: 'blind' }>;

/** Once something was deleted, a list that cannot be read is a result: what was done is reported. */
async function surveyed(planAgain: Carrying['planAgain'], hasBegun: boolean): Promise<Surveyed> {
  try {
    const rows = await planAgain();
    return { kind: 'seen', rows: new Map(rows.map((row) => [row.image.id, row])) };
  } catch (error) {
    if (hasBegun && error instanceof CloudError) return { kind: 'blind', why: error.message };
    throw error;
  }
}

interface Planned {
  readonly row: PlannedRemoval;
  readonly kind: Removal['kind'];
  readonly fresh: PlannedRemoval | undefined;
}

async function removePlanned(
  deps: RemovalDeps,
  { row, kind, fresh }: Planned,
): Promise<RemovalResult> {
  if (!fresh) return { kind: 'kept', why: 'it is no longer listed as it was' };
  if (fresh.keep) return { kind: 'kept', why: fresh.why };
  const { entry, why } = fresh;
  if (!entry) return { kind: 'kept', why: 'its import is not in this ledger' };
  return removeImage(deps, { image: row.image, entry, kind, why });
}
