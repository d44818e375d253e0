import { once } from 'node:events';
import { readdir, readlink, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '../errors/error-code.ts';
import { UsageError } from '../errors/errors.ts';
import type { Random } from '../runtime/random.ts';
import { isListening } from './redis-server.ts';

/** A folder that belongs to this process. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only one that works with a folder. The owner listens on a Unix socket, which
 * the kernel closes with the process, however it ends: no process id that may be recycled, no time that
 * may be wrong. The symbolic link `lock.N` with the highest N leads to the owner's socket. Creating a
 * link never replaces one, and only a later owner removes it: two processes that find a dead owner
 * cannot both follow it.
 * @throws UsageError when another process owns the folder
 */
export async function lockFolder(folder: string, random: Random): Promise<FolderLock> {
  const own = `${process.pid}-${random.id(6)}`;
  const server = createServer((socket) => socket.destroy()).unref();
  server.listen(join(folder, own));
  await once(server, 'listening').catch(({ message }: Error) => {
    throw new UsageError(
      `${folder} cannot hold a Unix socket: ${message}`,
      'Name a folder on a local disk with --data.',
    );
  });
  const release = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
  try {
    while (!(await takeNext(folder, own)));
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** False when another process was faster. */
async function takeNext(folder: string, own: string): Promise<boolean> {
  const last = Math.max(0, ...(await locksIn(folder)));
  await refuseWhileOwned(folder, last);
  try {
    await symlink(own, linkOf(folder, last + 1));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  const all = await locksIn(folder);
  if (Math.max(...all) > last + 1) {
    // What we saw was old: the link was there before, and a later owner has removed it.
    await rm(linkOf(folder, last + 1));
    return false;
  }
  for (const older of all.filter((one) => one <= last)) await removeLock(folder, older);
  return true;
}

async function refuseWhileOwned(folder: string, lock: number): Promise<void> {
  if (lock === 0 || !(await isListening(linkOf(folder, lock)))) return;
  const [pid] = (await readlink(linkOf(folder, lock)).catch(() => '?')).split('-');
  throw new UsageError(
    `Another ims-ferry up (process ${pid}) works with ${folder}.`,
    'End it first, or name another folder with --data.',
  );
}

async function removeLock(folder: string, lock: number): Promise<void> {
  const socket = await readlink(linkOf(folder, lock)).catch(() => undefined);
  if (socket !== undefined) await rm(join(folder, socket), { force: true });
  await rm(linkOf(folder, lock), { force: true });
}

function linkOf(folder: string, lock: number): string {
  return join(folder, `lock.${lock}`);
}

async function locksIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const number = /^lock\.(\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
