import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findServer } from '../../src/shared/redis/redis-server.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { endWithUs } from './ferry-process.ts';
import type { Fsync } from './options.ts';
import { clientOf, watchSynced } from './synced-file.ts';

interface RedisSettings {
  readonly folder: string;
  readonly path: string | undefined;
  readonly fsync: Fsync;
  readonly env: Readonly<Record<string, string>>;
}

/** A Redis that keeps acknowledged writes as `appendfsync` promises, and can be killed and restarted. */
export async function startDurableRedis(settings: RedisSettings) {
  const { folder, fsync } = settings;
  await mkdir(folder, { recursive: true });
  const start = async () => {
    const server = await startServer(settings);
    return { server, synced: await watchSynced(folder, fsync) };
  };
  let running = await start();
  const close = async (): Promise<void> => {
    await kill(running.server);
    running.synced.close();
  };
  return {
    url: `unix://${join(folder, 'redis.sock')}`,
    /** SIGKILL, a pause, and a start on the same socket and folder. */
    killFor: async (pauseMs: number): Promise<void> => {
      await close();
      await systemClock.sleep(pauseMs);
      running = await start();
    },
    /**
     * The same, but loses what was not synced: where that cannot be known, a `share` (0 to 1) of it. Returns
     * the number of lost bytes.
     */
    losePowerFor: async (outage: { pauseMs: number; share: number }): Promise<number> => {
      await kill(running.server);
      const lost = await running.synced.cut(outage.share);
      await systemClock.sleep(outage.pauseMs);
      running = await start();
      return lost;
    },
    /**
     * With `everysec`, Redis stops syncing when its clock is set back, until the clock has caught up. This
     * is what an administrator does about it.
     */
    syncAgain: async (): Promise<void> => {
      if (fsync === 'always') return;
      const client = clientOf(folder);
      await client.config('SET', 'appendfsync', 'always');
      await client.config('SET', 'appendfsync', fsync);
      client.disconnect();
    },
    close,
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
