import { expect, test } from 'vitest';
import { slowDown } from '../../src/worker/request-pace.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

test('twenty calls that are throttled at once are one throttling for the whole fleet', async () => {
  const [one, other] = [await workerDeps(redis, {}), await workerDeps(redis, {})];
  const calls = Array.from({ length: 10 }, () => [
    slowDown(one, 'submit', 30_000),
    slowDown(other, 'submit', 30_000),
  ]);
  const pauses = await Promise.all(calls.flat());
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
  expect(await one.project.coolingMs('submit')).toBeGreaterThan(1000);
  // The next one is the second in a row.
  expect(await other.project.countThrottle('submit')).toBe(2);
  await Promise.all([one.queues.close(), other.queues.close()]);
});

test('a call that went well ends the row', async () => {
  const deps = await workerDeps(redis, {});
  expect(await deps.project.countThrottle('submit')).toBe(1);
  expect(await deps.project.countThrottle('submit')).toBe(2);
  await deps.project.endThrottle('submit');
  expect(await deps.project.countThrottle('submit')).toBe(1);
  await deps.queues.close();
});
