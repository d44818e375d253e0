import { lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../shared/errors/error-code.ts';
import { isSameContent, printOf, receiptName } from './scan-folder.ts';
import { fileIdentity, type WatchDeps, type WatchOptions, withFileLease } from './watch-deps.ts';

export type Shelf = 'done' | 'failed';

interface At {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  /** Of the version that is finished; `undefined` when there is a newer one. */
  readonly print: string | undefined;
}

/**
 * Moves a finished manifest to `done/` or `failed/`, its receipt first: after a kill in between, the
 * manifest is found again and moved. Nothing is overwritten, and a newer version (another print) stays
 * in the folder. False when another watcher handles the file: try again later.
 */
export async function moveManifest(name: string, shelf: Shelf, at: At): Promise<boolean> {
  const identity = fileIdentity(at.options.folder, name);
  const done = await withFileLease(identity, at.deps, async () => {
    try {
      await move(name, shelf, at);
    } catch (error) {
      const fields = { file: name, to: shelf, code: codeOf(error) };
      at.deps.log.warn(fields, 'cannot move manifest; left in place');
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
    // Another watcher has moved it with a receipt; ours was written after that.
    if (receipts === undefined) await unlink(receipt).catch(() => undefined);
    return;
  }
  // A link has another print than its target, and stays: it is not ours to move.
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
    // It was written again at the last moment: back, to be submitted.
    await rename(join(to, free), join(folder, name));
    return;
  }
  await deps.files.forget(fileIdentity(folder, name));
  deps.log.info({ file: name, to: `${shelf}/${free}` }, 'manifest moved');
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = numberedName(name, number);
    if ((await printAt(join(folder, candidate))) === undefined) return candidate;
  }
}

/** `x.yaml` → `x.2.yaml` for the second file of this name. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}.${number}${name.slice(dot)}`;
}

/** `undefined` when nothing is there. */
async function printAt(path: string): Promise<string | undefined> {
  return lstat(path, { bigint: true }).then(printOf, () => undefined);
}
