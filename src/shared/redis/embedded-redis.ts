import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { freePort } from './free-port.ts';

export interface EmbeddedRedis {
  readonly url: string;
  /** Ends the server and deletes its files. */
  close(): Promise<void>;
}

export interface RedisSettings {
  /** @default a free one */
  readonly port?: number;
  /** maxmemory-policy. @default noeviction */
  readonly policy?: string;
}

const START_MS = 10_000;
const END_MS = 2000;

/**
 * A private Redis on loopback with its files in a new temporary folder.
 * @throws RedisError when no `redis-server` or `valkey-server` is there, or it does not start
 */
export async function startEmbeddedRedis(
  path: string | undefined,
  clock: Clock,
  settings: RedisSettings = {},
): Promise<EmbeddedRedis> {
  const program = await findServer(path ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-redis-'));
  const port = settings.port ?? (await freePort());
  const child = spawn(program, serverArguments(port, folder, settings.policy), {
    stdio: 'ignore',
    detached: true,
  });
  const close = async (): Promise<void> => {
    await end(child, clock);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(port, clock);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, close };
}

function serverArguments(port: number, folder: string, policy = 'noeviction'): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': policy,
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function findServer(path: string): Promise<string> {
  const folders = [...path.split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders.filter((entry) => entry !== '')) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  throw new RedisError(
    'No redis-server or valkey-server is installed.',
    'Install one (apt-get install redis-server), or set REDIS_URL to a Redis that is running.',
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function listening(port: number, clock: Clock): Promise<void> {
  const start = clock.monotonic();
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    if (clock.monotonic() - start > START_MS) {
      throw new RedisError('The embedded Redis did not start within 10 s.');
    }
    await clock.sleep(20);
  }
}

/** Redis does not heed SIGTERM while it writes its first append-only file. */
async function end(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new AbortController();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', () => gone.abort());
  child.kill('SIGTERM');
  await clock.sleep(END_MS, gone.signal);
  if (!gone.signal.aborted) child.kill('SIGKILL');
  await ended;
}
