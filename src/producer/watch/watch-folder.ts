import { removeOldDrafts } from '../receipt/old-drafts.ts';
import { archive, type Shelf } from './archive.ts';
import { FolderEvents } from './folder-events.ts';
import { Receipts } from './receipts.ts';
import { FolderScanner } from './scan-folder.ts';
import { type FileSight, Settling } from './settling.ts';
import { takeFile } from './take-file.ts';
import type { WatchDeps, WatchOptions } from './watch-deps.ts';

/** While images are under way their batches are looked at this often. */
const LOOK_MS = 1000;
/** A storm of events (a slow copy) leads to no more looks than this. */
const PAUSE_MS = 100;

/** How long a bucket that could not be listed is left alone. */
const UNREAD_MS = 30_000;

interface Watching {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  readonly receipts: Receipts;
  readonly settling: Settling;
  readonly scanner: FolderScanner;
  readonly toPutAway: Map<string, Shelf>;
  /** File → when its bucket is asked again, in monotonic milliseconds. */
  readonly unreadUntil: Map<string, number>;
  /** The folder is away, and that was said. */
  isAway: boolean;
}

/** Takes every manifest that is in a folder or comes into it, until it is told to stop. */
export async function watchFolder(deps: WatchDeps, options: WatchOptions): Promise<void> {
  const watching = {
    deps,
    options,
    receipts: new Receipts(deps, options),
    settling: new Settling(options.quietMs),
    scanner: new FolderScanner(options.folder),
    toPutAway: new Map<string, Shelf>(),
    unreadUntil: new Map<string, number>(),
    isAway: false,
  };
  const events = new FolderEvents(options.folder);
  const { clock, stopping } = deps;
  await removeOldDrafts(options.receipts ?? options.folder, clock.now());
  try {
    while (!stopping.aborted) {
      const event = events.next;
      const againMs = await lookThrough(watching);
      await putAwayFinished(watching);
      await clock.sleep(PAUSE_MS, stopping);
      await clock.sleep(againMs, AbortSignal.any([stopping, event]));
    }
  } finally {
    events.close();
  }
}

/** Takes what is complete; answers when to look again, in milliseconds. */
async function lookThrough(watching: Watching): Promise<number> {
  const { deps, options, receipts, settling } = watching;
  const sights = await scan(watching);
  if (!sights) return options.rescanMs;
  const { ready, againMs } = settling.see(sights, deps.clock.monotonic());
  const there = new Set(sights.map(({ name }) => name));
  // Another watcher has put it away, and our receipt may have come after that.
  for (const name of receipts.names) if (!there.has(name)) watching.toPutAway.set(name, 'done');
  let isLater = false;
  for (const sight of ready) {
    if (deps.stopping.aborted) break;
    if ((watching.unreadUntil.get(sight.name) ?? 0) > deps.clock.monotonic()) continue;
    const taking = await takeFile(sight.name, deps, { options, receipts });
    if (taking === 'unread') {
      watching.unreadUntil.set(sight.name, deps.clock.monotonic() + UNREAD_MS);
    } else if (taking === 'later') isLater = true;
    else settling.taken(sight);
    if (taking === 'rejected') watching.toPutAway.set(sight.name, 'failed');
  }
  const isBusy = isLater || receipts.isBusy || watching.toPutAway.size > 0;
  const most = isBusy ? LOOK_MS : options.rescanMs;
  return Math.min(most, againMs ?? most);
}

async function putAwayFinished(watching: Watching): Promise<void> {
  const { deps, options, receipts, toPutAway, settling } = watching;
  for (const { file, ok } of await receipts.look()) {
    toPutAway.set(file.name, ok ? 'done' : 'failed');
  }
  if (!options.archive) toPutAway.clear();
  for (const [name, shelf] of toPutAway) {
    if (receipts.owes(name)) continue;
    const print = settling.takenPrint(name);
    if (!(await archive(name, shelf, { deps, options, print }))) continue;
    toPutAway.delete(name);
    receipts.forget(name);
  }
}

/** `undefined` while the folder cannot be read: a share that is away comes back. */
async function scan(watching: Watching): Promise<readonly FileSight[] | undefined> {
  const { deps, options, scanner } = watching;
  try {
    const sights = await scanner.scan();
    watching.isAway = false;
    return sights;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!watching.isAway) deps.log.error({ folder: options.folder, code }, 'folder cannot be read');
    watching.isAway = true;
    return undefined;
  }
}
