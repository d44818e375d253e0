import type { Clock } from '../runtime/clock.ts';
import type { ProjectLedger } from './project-ledger.ts';

export interface LeaseOwner {
  readonly project: ProjectLedger;
  readonly clock: Clock;
  /** Names who holds it. */
  readonly owner: string;
  readonly lockMs: number;
}

/**
 * Does the work while nobody else does, under a lease that is renewed; `undefined` when somebody has it.
 * One that was killed is followed after `lockMs`. Should the lease be lost, two do the same: the work has
 * to bear that.
 */
export async function aloneWithLease<T>(
  lease: string,
  { project, clock, owner, lockMs }: LeaseOwner,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (!(await project.lease(lease, owner, lockMs))) return undefined;
  const done = new AbortController();
  const renew = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await clock.sleep(lockMs / 3, done.signal);
      if (!done.signal.aborted) await project.lease(lease, owner, lockMs);
    }
  };
  const renewing = renew().catch(() => undefined);
  try {
    return await work();
  } finally {
    done.abort();
    await renewing;
    await project.release(lease, owner);
  }
}
