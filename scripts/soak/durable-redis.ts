import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { freePort } from '../../test/support/free-port.ts';
import { endWithUs } from './end-with-us.ts';
import type { Fsync } from './options.ts';
import { type SyncedFile, watchSynced } from './synced-file.ts';

/** A Redis that keeps what it has answered as `appendfsync` says, and that can be killed and started again. */
export interface DurableRedis {
  readonly url: string;
  /** SIGKILL, a pause, and the same port and folder again. */
  killFor(pauseMs: number): Promise<void>;
  /** The same, and what was not synced is gone. Answers how many bytes those were. */
  losePowerFor(outage: Outage): Promise<number>;
  /**
   * With `everysec` Redis does not sync from when its clock is set back until that has caught up. This is what
   * a person does about it.
   */
  syncAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface Outage {
  readonly pauseMs: number;
  /** How much of what may be lost is lost, where nobody can tell: 0 to 1. */
  readonly share: number;
}

export interface RedisSettings {
  readonly folder: string;
  readonly path: string | undefined;
  readonly fsync: Fsync;
  readonly env: Readonly<Record<string, string>>;
}

const START_MS = 30_000;

/** The Redis of the demo keeps nothing beyond its process. */
export async function startDurableRedis(settings: RedisSettings): Promise<DurableRedis> {
  const { folder, path = '', fsync, env } = settings;
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const start = async (): Promise<Running> => {
    const server = await startServer({ port, folder, path, fsync, env });
    return { server, synced: await watchSynced({ folder, url, fsync }) };
  };
  const end = async ({ server, synced }: Running): Promise<void> => {
    await kill(server);
    synced.close();
  };
  let running = await start();
  return {
    url,
    killFor: async (pauseMs) => {
      await end(running);
      await systemClock.sleep(pauseMs);
      running = await start();
    },
    losePowerFor: async ({ pauseMs, share }) => {
      await kill(running.server);
      const lost = await running.synced.cut(share);
      await systemClock.sleep(pauseMs);
      running = await start();
      return lost;
    },
    syncAgain: async () => {
      if (fsync === 'always') return;
      const client = new Redis(url, { maxRetriesPerRequest: null });
      client.on('error', () => undefined);
      await client.config('SET', 'appendfsync', 'always');
      await client.config('SET', 'appendfsync', fsync);
      client.disconnect();
    },
    close: () => end(running),
  };
}

/** One run of the server. */
interface Running {
  readonly server: ChildProcess;
  readonly synced: SyncedFile;
}

interface Place {
  readonly port: number;
  readonly folder: string;
  readonly path: string;
  readonly fsync: Fsync;
  readonly env: Readonly<Record<string, string>>;
}

async function startServer({ port, folder, path, fsync, env }: Place): Promise<ChildProcess> {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A process group of its own: Ctrl-C must not end it before those that use it.
  const child = spawn('redis-server', args, {
    stdio: 'ignore',
    detached: true,
    env: {
      ...env,
      PATH: [path, '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].join(delimiter),
    },
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
