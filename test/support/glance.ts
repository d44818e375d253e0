import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { type Keystone, whenReady } from './keystone.ts';
import { runWithInterpreterOf, startProgram } from './programs.ts';

const SET_UP = fileURLToPath(new URL('set-up-glance.py', import.meta.url));
/** Which parts a request passes; comes with the package. */
const PASTE = '/usr/share/glance-common/glance-api-paste.ini';

/** A real OpenStack Glance that lets a Keystone verify its callers; its data is in a folder that is removed with it. */
export interface Glance {
  readonly url: string;
  /** The ids of the images that were there from the start. */
  readonly ids: readonly string[];
  stop(): Promise<void>;
}

interface Start {
  readonly keystone: Keystone;
  /** The project that the images from the start belong to, and how many there are. */
  readonly owner: string;
  readonly images: number;
}

export async function startGlance(start: Start): Promise<Glance> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-glance-'));
  try {
    return await startIn(folder, start);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(folder: string, { keystone, owner, images }: Start): Promise<Glance> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const database = join(folder, 'glance.db');
  const config = join(folder, 'glance-api.conf');
  await mkdir(join(folder, 'images'));
  await copyFile(PASTE, join(folder, 'glance-api-paste.ini'));
  await writeFile(config, configOf(folder, database, keystone));
  const set = [SET_UP, config, database, owner, String(images)];
  const { code, stdout, stderr } = await runWithInterpreterOf('glance', set, { cwd: folder });
  if (code !== 0) throw new Error(`Glance cannot be set up: ${stderr}`);
  const server = startProgram('glance', ['--host', '127.0.0.1', '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OS_GLANCE_CONFIG_DIR: folder },
  });
  const stop = await whenReady(server, { name: 'Glance', url, folder });
  return { url, ids: stdout.trim().split('\n'), stop };
}

function configOf(folder: string, database: string, keystone: Keystone): string {
  const { url, adminPassword } = keystone;
  return [
    `[database]\nconnection = sqlite:///${database}`,
    '[glance_store]\nstores = file\ndefault_store = file',
    `filesystem_store_datadir = ${join(folder, 'images')}`,
    `[paste_deploy]\nflavor = keystone\nconfig_file = ${join(folder, 'glance-api-paste.ini')}`,
    `[keystone_authtoken]\nauth_type = password\nauth_url = ${url}\nwww_authenticate_uri = ${url}`,
    `username = admin\npassword = ${adminPassword}\nproject_name = admin`,
    'user_domain_id = default\nproject_domain_id = default\ninterface = public',
    '',
  ].join('\n');
}
