import type { Clock } from '../runtime/clock.ts';
import type { ProjectStore } from './project-store.ts';

interface LeaseOwner {
  readonly project: ProjectStore;
  readonly clock: Clock;
  /** Names who holds it. */
  readonly owner: string;
  readonly lockMs: number;
}

/**
 * Does the work under a lease that is renewed, while no other process does it; `undefined` when another
 * process has the lease. After a kill the lease is free again within `lockMs`. Should it be lost, two
 * processes do the same work, which has to tolerate that.
 */
export async function withLease<T>(
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
