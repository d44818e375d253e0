import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { WatchDeps } from './watch-deps.ts';

/** Does the work while no other watcher does; `undefined` when one has it. Two at it do no harm. */
export async function aloneWith<T>(
  lease: string,
  deps: Pick<WatchDeps, 'project' | 'clock' | 'watcherId' | 'lockMs'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return withLease(lease, { ...deps, owner: deps.watcherId }, work);
}

/** The same file for a watcher that sees the folder under another path. */
export function fileIdentity(folder: string, name: string): string {
  return `${basename(folder)}/${name}`;
}

export function fileLease(folder: string, name: string): string {
  return `file:${createHash('sha256').update(fileIdentity(folder, name)).digest('hex')}`;
}
