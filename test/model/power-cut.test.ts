import { describe, expect, test } from 'vitest';
import { useRedis } from '../support/use-redis.ts';
import { explorePowerCuts } from './power-cut-model.ts';
import { POWER_WITHOUT } from './power-cut-variants.ts';
import { RedisAsValue } from './redis-as-value.ts';

const used = useRedis();

describe('a power cut makes a double', () => {
  test.each(POWER_WITHOUT)('without $what', async ({ what: _, ...rules }) => {
    const redis = new RedisAsValue(used.client);
    const changed = { windows: 0, ...rules };
    const { wrong } = await explorePowerCuts(redis, changed, 'two living images');
    expect(redis.notFound(rules.cuts ?? [])).toEqual([]);
    expect(wrong).toHaveProperty('two living images');
  });
});
