import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type FileBytes, readRegularFile } from '../manifest/read-file.ts';
import { isManifestName } from './file-names.ts';

/**
 * Where a link of the folder leads, when that is within the folder: Kubernetes makes such links of a
 * ConfigMap (`x.yaml` → `..data/x.yaml`, `..data` → `..2026_11_29…`). A manifest that lies in the folder
 * itself is taken already. `undefined`: it is no link, or one that is not followed.
 */
export async function innerTarget(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isSymbolicLink()) return undefined;
  const [root, target] = await Promise.all([realOf(folder), realOf(path)]);
  if (root === undefined || target === undefined) return undefined;
  const inner = relative(root, target);
  // Not `..` alone: the folders of a ConfigMap begin so.
  if (inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) return undefined;
  const isTakenAlready = dirname(target) === root && isManifestName(basename(target));
  return isTakenAlready ? undefined : target;
}

/** The bytes of a file of the folder, also through such a link; or why not. */
export async function readInFolder(folder: string, name: string): Promise<FileBytes> {
  const target = await innerTarget(folder, name);
  if (target === undefined) return readRegularFile(join(folder, name));
  const read = await readRegularFile(target);
  // A folder on the way that was swapped for a link meanwhile may lead out.
  if (read.ok && (await realOf(target)) !== target) {
    return { ok: false, message: 'leads elsewhere since it was read; try again' };
  }
  return read;
}

function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
