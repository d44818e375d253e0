import { expect, test } from 'vitest';
import { useRedis } from '../support/use-redis.ts';
import { exploreClocks } from './clock-model.ts';
import { RedisAsValue } from './redis-as-value.ts';

const used = useRedis();

test('clocks that step, keepers that sleep and leases that end: no window ends early', async () => {
  const { wrong, states } = await exploreClocks(new RedisAsValue(used.client), { jumps: 1 });
  expect(wrong).toEqual({});
  expect(states).toBeGreaterThan(1000);
});

test('without the step by which a window is stamped later one ends early, and a double is made', async () => {
  const cuts = [{ line: 'return now + step', instead: 'return now' }];
  const redis = new RedisAsValue(used.client);
  const { wrong } = await exploreClocks(redis, { jumps: 0, cuts }, 'two living images');
  expect(redis.notFound(cuts)).toEqual([]);
  expect(wrong).toHaveProperty('two living images');
});
