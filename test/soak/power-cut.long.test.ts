import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDurableRedis } from '../../scripts/soak/durable-redis.ts';
import type { Fsync } from '../../scripts/soak/options.ts';
import { needing } from '../support/programs.ts';

const COUNT = 300;

/** What is left of the numbers 0, 1, 2 … that were written before the host of Redis lost power. */
async function leftAfterCut(fsync: Fsync, share: number) {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-cut-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await startDurableRedis({ folder, path: process.env['PATH'], fsync, env: {} });
  onTestFinished(() => redis.close());
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  onTestFinished(() => client.disconnect());
  client.on('error', () => undefined);
  for (let at = 0; at < COUNT; at += 1) await client.rpush('numbers', at);
  const lost = await redis.losePowerFor({ pauseMs: 0, share });
  return { lost, left: (await client.lrange('numbers', 0, -1)).map(Number) };
}

describe('a power cut of the soak', needing('redis-server'), () => {
  test('takes nothing that Redis has answered with appendfsync always', async () => {
    const { lost, left } = await leftAfterCut('always', 1);
    expect(lost).toBe(0);
    expect(left).toHaveLength(COUNT);
  });

  test.each([0.2, 1])('takes only the end with everysec: share %d', async (share) => {
    const { left } = await leftAfterCut('everysec', share);
    expect(left).toEqual(Array.from({ length: left.length }, (_, at) => at));
  });
});
