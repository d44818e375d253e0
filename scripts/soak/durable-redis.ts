import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter } from 'node:path';
import { freePort } from '../../src/shared/redis/free-port.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { endWithUs } from './end-with-us.ts';

/** A Redis that forgets nothing it has confirmed, and that can be killed and started again. */
export interface DurableRedis {
  readonly url: string;
  /** SIGKILL, a pause, and the same port and folder again. */
  killFor(pauseMs: number): Promise<void>;
  close(): Promise<void>;
}

const START_MS = 30_000;

/**
 * The Redis of the demo keeps nothing beyond its process, and flushes once a second; this one
 * flushes each write, as the README asks for.
 */
export async function startDurableRedis(
  folder: string,
  path: string | undefined,
): Promise<DurableRedis> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const start = (): Promise<ChildProcess> => startServer({ port, folder, path: path ?? '' });
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    killFor: async (pauseMs) => {
      await kill(server);
      await systemClock.sleep(pauseMs);
      server = await start();
    },
    close: () => kill(server),
  };
}

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly path: string;
}

async function startServer({ port, folder, path }: Place): Promise<ChildProcess> {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A process group of its own: Ctrl-C must not end it before those that use it.
  const child = spawn('redis-server', args, {
    stdio: 'ignore',
    detached: true,
    env: { PATH: [path, '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].join(delimiter) },
  });
  endWithUs(child);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
  });
  await Promise.race([ready(port), failed]);
  failed.catch(() => undefined);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function ready(port: number): Promise<void> {
  const end = systemClock.monotonic() + START_MS;
  while (!(await answersPing(port))) {
    if (systemClock.monotonic() > end) throw new Error('redis-server did not start within 30 s');
    await systemClock.sleep(20);
  }
}

/** While it reads its files it accepts connections, but answers LOADING. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
