import { describe, expect, test } from 'vitest';
import { useRedis } from '../support/use-redis.ts';
import { explorePowerCuts } from './power-cut-model.ts';
import { POWER_VARIANTS, POWER_WITHOUT_MORE } from './power-cut-variants.ts';
import { RedisAsValue } from './redis-as-value.ts';

const used = useRedis();

describe('a power cut of Redis, or of Redis and a worker: no double, nothing lost', () => {
  test.each(POWER_VARIANTS)('with $what', async ({ what: _, ...rules }) => {
    const { wrong, states } = await explorePowerCuts(new RedisAsValue(used.client), rules);
    expect(wrong).toEqual({});
    expect(states).toBeGreaterThan(1000);
  });
});

describe('a power cut makes a double', () => {
  test.each(POWER_WITHOUT_MORE)('without $what', async ({ what: _, ...rules }) => {
    const redis = new RedisAsValue(used.client);
    const changed = { windows: 0, ...rules };
    const { wrong } = await explorePowerCuts(redis, changed, 'two living images');
    expect(redis.notFound(rules.cuts ?? [])).toEqual([]);
    expect(wrong).toHaveProperty('two living images');
  });
});
