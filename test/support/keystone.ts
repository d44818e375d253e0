import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { runWithInterpreterOf, startProgram } from './programs.ts';

const REGION = 'eu-de';
const SET_UP = fileURLToPath(new URL('set-up-keystone.py', import.meta.url));
const ADMIN = 'secret-of-admin';

/** A real OpenStack Keystone, with its data in a folder that is removed with it. */
export interface Keystone {
  /** Ends with `/v3`. */
  readonly url: string;
  readonly region: string;
  /** For services that verify tokens, as the user `admin` of the project `admin`. */
  readonly adminPassword: string;
  /** How many tokens were requested until now. */
  logins(): number;
  /** A call as the administrator; the body of its answer. */
  admin<T>(method: string, path: string, json?: unknown): Promise<T>;
  /** True while a token is good for this project. */
  knows(token: string, projectId: string): Promise<boolean>;
  revoke(token: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startKeystone(): Promise<Keystone> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-keystone-'));
  try {
    return await startIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(folder: string): Promise<Keystone> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const config = join(folder, 'keystone.conf');
  await setUp(folder, config, url);
  const args = ['--host', '127.0.0.1', '--port', String(port), '--', `--config-file=${config}`];
  const server = startProgram('keystone', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  server.stderr?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
  const stop = await whenReady(server, { name: 'Keystone', url, folder });
  try {
    return await opened(url, stop, () => lines.join(''));
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Served {
  readonly name: string;
  readonly url: string;
  /** Removed with the server. */
  readonly folder: string;
}

/** Waits until a server answers; the result stops it, and removes its folder. */
export async function whenReady(
  server: ChildProcess,
  { name, url, folder }: Served,
): Promise<() => Promise<void>> {
  const lines: string[] = [];
  server.stderr?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
  const stop = async (): Promise<void> => {
    await ended(server);
    await rm(folder, { recursive: true, force: true });
  };
  const answers = async (): Promise<boolean> =>
    fetch(url).then(
      ({ status }) => status < 500,
      () => false,
    );
  while (!(await answers())) {
    if (server.exitCode !== null) {
      await stop();
      throw new Error(`${name} has ended:\n${lines.join('')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return stop;
}

async function setUp(folder: string, config: string, url: string): Promise<void> {
  const keys = ['fernet_tokens', 'fernet_receipts', 'credential'];
  for (const name of keys) await mkdir(join(folder, name), { mode: 0o700 });
  const sections = keys.map((name) => `[${name}]\nkey_repository = ${join(folder, name)}`);
  const database = join(folder, 'keystone.db');
  await writeFile(
    config,
    [
      `[database]\nconnection = sqlite:///${database}`,
      ...sections,
      '[auth]\nmethods = password,token,totp',
      // Without it, verifying a token takes 500 queries: two seconds of processor time.
      '[cache]\nenabled = true\nbackend = dogpile.cache.memory',
      // A revoked token is refused at once nevertheless.
      '[token]\ncaching = false',
      '[revoke]\ncaching = false',
      '[identity]\npassword_hash_rounds = 4',
      '',
    ].join('\n'),
  );
  const owner = userInfo().username;
  const args = [SET_UP, config, database, owner, ADMIN, url, REGION];
  const { code, stderr } = await runWithInterpreterOf('keystone', args, { cwd: folder });
  if (code !== 0) throw new Error(`Keystone cannot be set up: ${stderr}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await gone;
}

async function opened(
  url: string,
  stop: () => Promise<void>,
  log: () => string,
): Promise<Keystone> {
  const domain = { id: 'default' };
  const user = { name: 'admin', password: ADMIN, domain };
  const scope = { project: { name: 'admin', domain } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope };
  const own = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const adminToken = own.headers.get('x-subject-token') ?? '';
  const call = (method: string, path: string, more: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...more,
      method,
      headers: {
        'content-type': 'application/json',
        'x-auth-token': adminToken,
        ...(more.headers as Record<string, string>),
      },
    });
  return {
    url,
    region: REGION,
    adminPassword: ADMIN,
    stop,
    // One of them was ours.
    logins: () => (log().match(/"POST \/v3\/auth\/tokens/g) ?? []).length - 1,
    admin: async <T>(method: string, path: string, json?: unknown) => {
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const answer = await call(method, path, body);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}\n${log()}`);
      return (text === '' ? {} : JSON.parse(text)) as T;
    },
    knows: async (token, projectId) => {
      const answer = await call('GET', '/auth/tokens', { headers: { 'x-subject-token': token } });
      if (!answer.ok) return false;
      const body = (await answer.json()) as { token: { project?: { id: string } } };
      return body.token.project?.id === projectId;
    },
    revoke: async (token) => {
      await call('DELETE', '/auth/tokens', { headers: { 'x-subject-token': token } });
    },
  };
}
