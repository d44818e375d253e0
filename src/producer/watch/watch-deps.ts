import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Manifest, ManifestImage } from '../../shared/image/image-request.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import type { TakenFiles } from '../../shared/ledger/taken-files.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import type { Logger } from '../../shared/log/logger.ts';
import type { Random } from '../../shared/runtime/random.ts';
import type { ManifestIssue, ParseResult } from '../manifest/issue.ts';
import type { LeftOut } from '../plan/plan.ts';
import type { SubmitDeps } from '../submit-batch.ts';
import type { DroppedImages } from './judge-dropped.ts';

export interface WatchOptions {
  readonly folder: string;
  /** Where receipts go. @default beside the manifests */
  readonly receipts?: string;
  /** Move finished manifests to `done/`, those that were refused or have failures to `failed/`. */
  readonly archive: boolean;
  /** How long a file must be unchanged to count as complete, in milliseconds. */
  readonly quietMs: number;
  /** How often the folder is scanned even without events, in milliseconds. */
  readonly rescanMs: number;
}

/** The ledger of one cloud. */
export type CloudLedger = Omit<SubmitDeps, 'onProgress' | 'stop'>;

/** Everything that a watcher needs. */
export interface WatchDeps extends SubmitDeps {
  readonly project: ProjectStore;
  readonly files: TakenFiles;
  readonly log: Logger;
  readonly random: Random;
  /** Identifies this watcher among several on one folder. */
  readonly watcherId: string;
  /** Expands the patterns of a manifest; throws when a bucket cannot be listed. */
  readonly expand: (manifest: Manifest) => Promise<ParseResult>;
  /** Looks at the files of the images before anything is registered. */
  readonly check: (manifest: Manifest) => Promise<DroppedImages>;
  /** The ledger of the cloud that a manifest names; our own where it names none. */
  readonly ledgerOf: (cloud: string | undefined) => Promise<CloudLedger>;
  /** Aborted when the watcher is to end. */
  readonly stopping: AbortSignal;
}

/** A file whose images are registered, until they all have their outcome. */
export interface TrackedFile {
  readonly name: string;
  readonly batch: string;
  readonly cloud?: string;
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
  readonly images: readonly ManifestImage[];
  readonly warnings: readonly ManifestIssue[];
  /** The images of the file that IMS would refuse: they are not registered. */
  readonly leftOut: readonly LeftOut[];
  /** Lines for people, from the moment it was taken. */
  readonly notes: readonly string[];
}

/** The same for a watcher that sees the folder under another path. */
export function fileIdentity(folder: string, name: string): string {
  return `${basename(folder)}/${name}`;
}

/** Does the work while no other watcher handles the file; `undefined` when one does. */
export async function withFileLease<T>(
  identity: string,
  deps: WatchDeps,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const lease = `file:${createHash('sha256').update(identity).digest('hex')}`;
  return withLease(lease, { ...deps, owner: deps.watcherId }, work);
}
