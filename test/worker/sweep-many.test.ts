import { expect, test } from 'vitest';
import { submitBatch } from '../../src/producer/submit-batch.ts';
import { queuePrefix, SUBMIT_QUEUE } from '../../src/shared/queues/queues.ts';
import { sweep } from '../../src/worker/maintenance/maintenance.ts';
import { manifestImages } from '../support/images.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const FLAGS = { retryFailed: false, recreate: false };

test('thousands that wait in the queue are left alone, and cost Redis no search each', async () => {
  const deps = await workerDeps(redis, {});
  const manifest = { name: 'b', file: 'b.yaml', images: manifestImages(1500) };
  await submitBatch(
    { ...deps, clock: deps.clock.wall, time: deps.clock, lockMs: -1_000_000 },
    manifest,
    FLAGS,
  );
  const wait = `${queuePrefix('worker-test')}:${SUBMIT_QUEUE}:wait`;
  const [lost = ''] = await redis.client.lrange(wait, '700', '700');
  await redis.client.lrem(wait, 1, lost);
  await redis.client.del(`${queuePrefix('worker-test')}:${SUBMIT_QUEUE}:${lost}`);
  await redis.client.config('RESETSTAT');
  // The one whose job is gone is enqueued again; it is the last in the queue now.
  expect(await sweep(deps)).toBe(1);
  const stats = await redis.client.info('commandstats');
  expect(Number(/cmdstat_lpos:calls=(\d+)/.exec(stats)?.[1] ?? 0)).toBeLessThan(5);
  expect(await redis.client.llen(wait)).toBe(1500);
  expect((await redis.client.lindex(wait, 0))?.split('-').at(-1)).toBe('1');
  expect(await sweep(deps)).toBe(0);
  await deps.queues.close();
});
