import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findServer } from '../../src/shared/redis/redis-server.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { endWithUs } from './ferry-process.ts';
import type { Fsync } from './options.ts';
import { clientOf, type SyncedFile, watchSynced } from './synced-file.ts';

/** A Redis that keeps acknowledged writes as `appendfsync` promises, and can be killed and restarted. */
export interface DurableRedis {
  readonly url: string;
  /** SIGKILL, a pause, and a start on the same socket and folder. */
  killFor(pauseMs: number): Promise<void>;
  /**
   * The same, but loses what was not synced: where that cannot be known, a `share` (0 to 1) of it. Returns
   * the number of lost bytes.
   */
  losePowerFor(outage: { readonly pauseMs: number; readonly share: number }): Promise<number>;
  /**
   * With `everysec`, Redis stops syncing when its clock is set back, until the clock has caught up. This
   * is what an administrator does about it.
   */
  syncAgain(): Promise<void>;
  close(): Promise<void>;
}

interface RedisSettings {
  readonly folder: string;
  readonly path: string | undefined;
  readonly fsync: Fsync;
  readonly env: Readonly<Record<string, string>>;
}

/** One run of the server. */
interface Running {
  readonly server: ChildProcess;
  readonly synced: SyncedFile;
}

export async function startDurableRedis(settings: RedisSettings): Promise<DurableRedis> {
  const { folder, fsync } = settings;
  await mkdir(folder, { recursive: true });
  const url = `unix://${join(folder, 'redis.sock')}`;
  const start = async (): Promise<Running> => {
    const server = await startServer(settings);
    return { server, synced: await watchSynced({ folder, fsync }) };
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
      const client = clientOf(folder);
      await client.config('SET', 'appendfsync', 'always');
      await client.config('SET', 'appendfsync', fsync);
      client.disconnect();
    },
    close: () => end(running),
  };
}

async function startServer({ folder, path, fsync, env }: RedisSettings): Promise<ChildProcess> {
  const settings = {
    port: '0',
    unixsocket: join(folder, 'redis.sock'),
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const program = await findServer(path);
  // A process group of its own: Ctrl-C must not end it before the workers.
  const child = spawn(program, args, {
    stdio: 'ignore',
    detached: true,
    env: { ...env, PATH: dirname(program) },
  });
  endWithUs(child);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const client = clientOf(folder);
  await Promise.race([client.ping(), failed]).finally(() => client.disconnect());
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
