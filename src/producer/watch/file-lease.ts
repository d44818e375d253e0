import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { WatchDeps } from './watch-deps.ts';

/** The same for a watcher that sees the folder under another path. */
export function fileIdentity(folder: string, name: string): string {
  return `${basename(folder)}/${name}`;
}

/** Does the work while no other watcher handles the file; `undefined` when one does. */
export async function withFileLease<T>(
  identity: string,
  deps: Pick<WatchDeps, 'project' | 'clock' | 'watcherId' | 'lockMs'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const lease = `file:${createHash('sha256').update(identity).digest('hex')}`;
  return withLease(lease, { ...deps, owner: deps.watcherId }, work);
}
