import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { startProgram } from './programs.ts';
import { SAFE_SETTINGS } from './redis-server.ts';

/** A Redis that a test may kill and restart, and whose folder it may remove. */
export interface OwnRedis {
  readonly url: string;
  readonly folder: string;
  /** Heals itself after a restart. */
  readonly client: Redis;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and with the same append-only file. */
  start(): Promise<void>;
}

interface OwnSettings {
  /** Beside those that keep its data. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A Redis that ends with its test. */
export async function ownRedis(settings: OwnSettings = {}): Promise<OwnRedis> {
  const redis = await launchRedis(settings);
  onTestFinished(redis.remove);
  return redis;
}

const LAUNCHES = 3;

/** The same for callers that clean up themselves: `remove` ends it and deletes its folder. */
export async function launchRedis(
  settings: OwnSettings = {},
): Promise<OwnRedis & { remove(): Promise<void> }> {
  for (let launches = 1; ; launches += 1) {
    const redis = await prepareRedis(settings);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      await redis.remove();
      if (launches === LAUNCHES) throw error;
    }
  }
}

async function prepareRedis({
  args = [],
  env,
}: OwnSettings): Promise<OwnRedis & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  const start = async (): Promise<void> => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const all = [...settings, ...SAFE_SETTINGS, ...args];
    child = startProgram('redis-server', all, { stdio: 'ignore', ...(env ? { env } : {}) });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`redis-server has ended: is port ${port} taken?`);
    });
    await Promise.race([client.ping(), ended]);
    ended.catch(() => undefined);
  };
  const remove = async (): Promise<void> => {
    client.disconnect();
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, folder, client, kill, start, remove };
}
