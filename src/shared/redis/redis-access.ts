import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RedisError } from '../errors/errors.ts';
import type { Random } from '../runtime/random.ts';
import { freePort } from './free-port.ts';

/** How the server of a folder is reached; kept beside its data, readable by its owner only. */
export interface Access {
  readonly port: number;
  readonly password: string;
}

interface AccessSettings {
  readonly folder: string;
  readonly random: Random;
}

const ACCESS = 'access.json';

/**
 * The address of a folder's server, made up when there is none.
 * @throws RedisError when it cannot be understood
 */
// What is written first counts: two who begin at once must not start two servers on one folder.
export async function accessOf(settings: AccessSettings): Promise<Access> {
  const file = join(settings.folder, ACCESS);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const known = text === undefined ? undefined : parseAccess(text);
  if (known) return known;
  // A new port could start a second server beside one that runs on this folder.
  if (text !== undefined) {
    throw new RedisError(`${file} cannot be understood.`, 'Remove it when no Redis runs there.');
  }
  const access = await newAccess(settings, settings.random.id(24), link);
  return access ?? accessOf(settings);
}

/** The address that is written down; `undefined` when there is none. */
export async function knownAccess(folder: string): Promise<Access | undefined> {
  return parseAccess(await readFile(join(folder, ACCESS), 'utf8'));
}

function parseAccess(text: string): Access | undefined {
  try {
    const { port, password } = JSON.parse(text) as Partial<Access>;
    return Number.isInteger(port) && typeof password === 'string'
      ? { port: port as number, password }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The same server on another port: its own is another program's now. */
export async function movedAccess(settings: AccessSettings, password: string): Promise<Access> {
  return (await newAccess(settings, password, rename)) ?? accessOf(settings);
}

/** Writes it whole, then puts it in its place; `undefined` when something is there that must stay. */
async function newAccess(
  { folder, random }: AccessSettings,
  password: string,
  put: typeof link,
): Promise<Access | undefined> {
  const access = { port: await freePort(), password };
  const draft = join(folder, `${ACCESS}.${random.id(6)}`);
  await writeFile(draft, JSON.stringify(access), { mode: 0o600, flag: 'wx' });
  try {
    await put(draft, join(folder, ACCESS));
    return access;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return undefined;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
