import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { WatchDeps } from './watch-deps.ts';

/**
 * Does the work while no other watcher does; `undefined` when one has it. A watcher that was killed is
 * followed after `lockMs`. Should the lease be lost, two do the same, which is harmless.
 */
export async function aloneWith<T>(
  lease: string,
  deps: Pick<WatchDeps, 'project' | 'clock' | 'watcherId' | 'lockMs'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { project, clock, watcherId, lockMs } = deps;
  if (!(await project.lease(lease, watcherId, lockMs))) return undefined;
  const done = new AbortController();
  const renew = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await clock.sleep(lockMs / 3, done.signal);
      if (!done.signal.aborted) await project.lease(lease, watcherId, lockMs);
    }
  };
  const renewing = renew().catch(() => undefined);
  try {
    return await work();
  } finally {
    done.abort();
    await renewing;
    await project.release(lease, watcherId);
  }
}

/** The same file for a watcher that sees the folder under another path. */
export function fileIdentity(folder: string, name: string): string {
  return `${basename(folder)}/${name}`;
}

export function fileLease(folder: string, name: string): string {
  return `file:${createHash('sha256').update(fileIdentity(folder, name)).digest('hex')}`;
}
