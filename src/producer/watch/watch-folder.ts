import { type FSWatcher, watch } from 'node:fs';
import { codeOf } from '../../shared/errors/error-code.ts';
import { moveManifest, type Shelf } from './move-manifest.ts';
import { Receipts, removeOldDrafts } from './receipts.ts';
import { CompleteFiles, type FileVersion, FolderScanner } from './scan-folder.ts';
import { takeFile } from './take-file.ts';
import type { WatchDeps, WatchOptions } from './watch-deps.ts';

/** How often batches are checked while some are in progress. */
const BUSY_SCAN_MS = 1000;
/** The least time between two scans, however many events there are. */
const LEAST_SCAN_MS = 100;
/** How long to wait before a bucket that could not be listed is tried again. */
const BUCKET_RETRY_MS = 30_000;

interface Watching {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  readonly receipts: Receipts;
  readonly complete: CompleteFiles;
  readonly scanner: FolderScanner;
  readonly toMove: Map<string, Shelf>;
  /** File → when its bucket is tried again, in monotonic milliseconds. */
  readonly bucketRetryAt: Map<string, number>;
  /** The folder cannot be read, and that was logged. */
  isAway: boolean;
}

/** Submits every manifest that is or comes into a folder, until `stopping`. */
export async function watchFolder(deps: WatchDeps, options: WatchOptions): Promise<void> {
  const watching = {
    deps,
    options,
    receipts: new Receipts(deps, options),
    complete: new CompleteFiles(options.quietMs),
    scanner: new FolderScanner(options.folder),
    toMove: new Map<string, Shelf>(),
    bucketRetryAt: new Map<string, number>(),
    isAway: false,
  };
  const events = new FolderEvents(options.folder);
  const { clock, stopping } = deps;
  await removeOldDrafts(options.receipts ?? options.folder, clock.now());
  try {
    while (!stopping.aborted) {
      const event = events.next;
      const againMs = await takeComplete(watching);
      await moveFinished(watching);
      await clock.sleep(LEAST_SCAN_MS, stopping);
      await clock.sleep(againMs, AbortSignal.any([stopping, event]));
    }
  } finally {
    events.close();
  }
}

/** Takes the files that are complete; returns when to scan again, in milliseconds. */
async function takeComplete(watching: Watching): Promise<number> {
  const { deps, options, receipts, complete, toMove, bucketRetryAt } = watching;
  const versions = await scan(watching);
  if (!versions) return options.rescanMs;
  const { ready, againMs } = complete.update(versions, deps.clock.monotonic());
  const there = new Set(versions.map(({ name }) => name));
  // Another watcher has moved it; our receipt may have been written after that.
  for (const name of receipts.names) if (!there.has(name)) toMove.set(name, 'done');
  let isLater = false;
  const start = deps.clock.monotonic();
  for (const version of triedLast(ready, bucketRetryAt)) {
    const { name } = version;
    if (deps.stopping.aborted) break;
    // Looking at the files of thousands of images takes minutes: receipts do not wait for it.
    if (deps.clock.monotonic() - start > BUSY_SCAN_MS) return 0;
    if ((bucketRetryAt.get(name) ?? 0) > deps.clock.monotonic()) continue;
    const taking = await takeFile(name, deps, { options, receipts });
    if (taking === 'no-bucket') bucketRetryAt.set(name, deps.clock.monotonic() + BUCKET_RETRY_MS);
    else if (taking === 'later') isLater = true;
    else complete.taken(version);
    if (taking === 'rejected') toMove.set(name, 'failed');
  }
  const isBusy = isLater || receipts.isBusy || toMove.size > 0;
  const most = isBusy ? BUSY_SCAN_MS : options.rescanMs;
  return Math.min(most, againMs ?? most);
}

/** Those that wait for a bucket come last, the one tried longest ago first: slow buckets must not starve the others. */
function triedLast(
  ready: readonly FileVersion[],
  bucketRetryAt: Watching['bucketRetryAt'],
): readonly FileVersion[] {
  const retryAt = ({ name }: FileVersion): number => bucketRetryAt.get(name) ?? 0;
  return ready.toSorted((a, b) => retryAt(a) - retryAt(b));
}

async function moveFinished(watching: Watching): Promise<void> {
  const { deps, options, receipts, toMove, complete } = watching;
  for (const { file, ok } of await receipts.update()) toMove.set(file.name, ok ? 'done' : 'failed');
  if (!options.archive) toMove.clear();
  for (const [name, shelf] of toMove) {
    if (receipts.isOwed(name)) continue;
    const print = complete.takenPrint(name);
    if (!(await moveManifest(name, shelf, { deps, options, print }))) continue;
    toMove.delete(name);
    receipts.forget(name);
  }
}

/** `undefined` while the folder cannot be read: a network share comes back. */
async function scan(watching: Watching): Promise<readonly FileVersion[] | undefined> {
  const { deps, options, scanner } = watching;
  try {
    const versions = await scanner.scan();
    watching.isAway = false;
    return versions;
  } catch (error) {
    const fields = { folder: options.folder, code: codeOf(error) };
    if (!watching.isAway) deps.log.error(fields, 'folder cannot be read');
    watching.isAway = true;
    return undefined;
  }
}

/** Wakes a sleeper when something happens in a folder. Only a hint: some events are missed. */
class FolderEvents {
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #wake = new AbortController();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Aborted with the next event. */
  get next(): AbortSignal {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    this.#watcher ??= this.#open();
    return this.#wake.signal;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** `undefined` where there are no events (no more inotify watches, a network share). */
  #open(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#folder, () => this.#wake.abort());
      // The folder or the share is gone: it is watched again after the next scan.
      watcher.on('error', () => this.close());
      return watcher;
    } catch {
      return undefined;
    }
  }
}
