import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** A folder for an embedded Redis; whatever runs on it ends with the test. */
export async function lastingFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-data-'));
  onTestFinished(async () => {
    await endServerOf(folder);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Where the server of a folder is, `undefined` where none was ever started. */
export async function addressOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'access.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { port, password } = JSON.parse(text) as { port: number; password: string };
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** True when a server answers at the address. */
export async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const pong = await redis.ping().catch(() => undefined);
  redis.disconnect();
  return pong === 'PONG';
}

async function endServerOf(folder: string): Promise<void> {
  const url = await addressOf(folder);
  if (url === undefined || !(await answers(url))) return;
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  await redis.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
  redis.disconnect();
  await until(async () => !(await answers(url)));
}
