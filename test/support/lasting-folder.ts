import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { findLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { until } from './until.ts';

/** A folder for an embedded Redis, which has ended before the folder is removed with the test. */
export async function lastingFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-data-'));
  onTestFinished(async () => {
    await until(async () => (await findLastingRedis(folder)) === undefined);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** True when a server answers at the address. */
export async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url.replace('unix://', ''), {
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined);
  const pong = await redis.ping().catch(() => undefined);
  redis.disconnect();
  return pong === 'PONG';
}
