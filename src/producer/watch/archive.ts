import { lstat, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { numberedName, receiptName } from './file-names.ts';
import type { WatchDeps, WatchOptions } from './watch-deps.ts';

export type Shelf = 'done' | 'failed';

/**
 * Moves a manifest that has come to rest to `done/` or `failed/`, its receipt first: whoever is
 * killed in between finds the manifest again and does the rest. Nothing there is overwritten.
 */
export async function archive(
  name: string,
  shelf: Shelf,
  at: { readonly deps: WatchDeps; readonly options: WatchOptions },
): Promise<void> {
  const { folder, receipts } = at.options;
  const to = join(folder, shelf);
  try {
    await mkdir(to, { recursive: true });
    const free = await freeName(to, name);
    if (receipts === undefined) {
      await renameIfThere(join(folder, receiptName(name)), join(to, receiptName(free)));
    }
    await renameIfThere(join(folder, name), join(to, free));
    at.deps.log.info({ file: name, to: `${shelf}/${free}` }, 'manifest put away');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    at.deps.log.warn({ file: name, to: shelf, code }, 'manifest cannot be put away; it stays');
  }
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = numberedName(name, number);
    const isThere = await lstat(join(folder, candidate)).then(
      () => true,
      () => false,
    );
    if (!isThere) return candidate;
  }
}

/** Another watcher may have been faster. */
async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
