import { lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { aloneWith, fileIdentity, fileLease } from './alone-with.ts';
import { numberedName, receiptName } from './file-names.ts';
import { isSameContent, printOf } from './file-print.ts';
import type { WatchDeps, WatchOptions } from './watch-deps.ts';

export type Shelf = 'done' | 'failed';

interface At {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  /** Of the version that came to rest; `undefined` when a newer one is there. */
  readonly print: string | undefined;
}

/**
 * Moves a manifest that has come to rest to `done/` or `failed/`, its receipt first: whoever is
 * killed in between finds the manifest again and does the rest. Nothing there is overwritten, and a
 * newer version (another print) is left to be taken. Answers false when another watcher is at it:
 * then it has to be looked at again.
 */
export async function archive(name: string, shelf: Shelf, at: At): Promise<boolean> {
  const lease = fileLease(at.options.folder, name);
  const done = await aloneWith(lease, at.deps, async () => {
    try {
      await move(name, shelf, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      at.deps.log.warn({ file: name, to: shelf, code }, 'manifest cannot be put away; it stays');
    }
    return true;
  });
  return done ?? false;
}

async function move(name: string, shelf: Shelf, { deps, options, print }: At): Promise<void> {
  const { folder, receipts } = options;
  const receipt = join(folder, receiptName(name));
  const there = await printAt(join(folder, name));
  if (there === undefined) {
    // Another watcher was faster; what we wrote since has its like beside the manifest.
    if (receipts === undefined) await unlink(receipt).catch(() => undefined);
    return;
  }
  // A link has another print than the file behind it, and stays: it is not ours to move.
  if (there !== print) return;
  const to = join(folder, shelf);
  await mkdir(to, { recursive: true });
  const free = await freeName(to, name);
  if (receipts === undefined && (await printAt(receipt)) !== undefined) {
    await rename(receipt, join(to, receiptName(free)));
  }
  await rename(join(folder, name), join(to, free));
  const moved = await printAt(join(to, free));
  if (moved !== undefined && !isSameContent(moved, print)) {
    // Written anew in the last moment: back, to be taken.
    await rename(join(to, free), join(folder, name));
    return;
  }
  await deps.files.forget(fileIdentity(folder, name));
  deps.log.info({ file: name, to: `${shelf}/${free}` }, 'manifest put away');
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = numberedName(name, number);
    if ((await printAt(join(folder, candidate))) === undefined) return candidate;
  }
}

/** `undefined` when nothing is there. */
async function printAt(path: string): Promise<string | undefined> {
  return lstat(path, { bigint: true }).then(printOf, () => undefined);
}
