import { removeOldDrafts } from '../receipt/write-whole.ts';
import { archive } from './archive.ts';
import { FolderEvents } from './folder-events.ts';
import { Receipts } from './receipts.ts';
import { FolderScanner } from './scan-folder.ts';
import { type FileSight, Settling } from './settling.ts';
import { type Taking, takeFile } from './take-file.ts';
import type { WatchDeps, WatchOptions } from './watch-deps.ts';

/** While images are under way their batches are looked at this often. */
const LOOK_MS = 1000;
/** A storm of events (a slow copy) leads to no more looks than this. */
const PAUSE_MS = 100;

interface Watching {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  readonly receipts: Receipts;
  readonly settling: Settling;
  readonly scanner: FolderScanner;
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
  if (options.archive) receipts.keepOnly(new Set(sights.map(({ name }) => name)));
  let isLater = false;
  for (const sight of ready) {
    if (deps.stopping.aborted) break;
    const taking = await takeFile(sight.name, deps, { options, receipts });
    if (taking === 'later') isLater = true;
    else await settle(watching, sight, taking);
  }
  const most = isLater || receipts.isBusy ? LOOK_MS : options.rescanMs;
  return Math.min(most, againMs ?? most);
}

async function settle(watching: Watching, sight: FileSight, taking: Taking): Promise<void> {
  const { deps, options, settling } = watching;
  settling.taken(sight);
  if (taking === 'rejected' && options.archive) {
    await archive(sight.name, 'failed', { deps, options });
  }
}

async function putAwayFinished({ deps, options, receipts }: Watching): Promise<void> {
  for (const { file, ok } of await receipts.look()) {
    if (!options.archive) continue;
    await archive(file.name, ok ? 'done' : 'failed', { deps, options });
    receipts.forget(file.name);
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
