import { describe, expect, test } from 'vitest';
import { useRedis } from '../support/use-redis.ts';
import { type ClockRules, exploreClocks } from './clock-model.ts';
import { lateSends, SLEEPS, WALL_STEPS } from './deadline-model.ts';
import { RedisAsValue } from './redis-as-value.ts';

const used = useRedis();

test('keepers that sleep and leases that end: no window ends early', async () => {
  const { wrong, states } = await exploreClocks(new RedisAsValue(used.client), { jumps: 0 });
  expect(wrong).toEqual({});
  expect(states).toBeGreaterThan(1000);
});

const WITHOUT: readonly (ClockRules & { readonly what: string })[] = [
  {
    what: "the fleet's own time: the wall clock of Redis decides",
    jumps: 1,
    cuts: [
      {
        line: 'local now, step = count(is[1]), count(is[2])',
        instead: 'local now, step = clock(), 0',
      },
    ],
  },
  {
    what: 'the fence of ticks',
    jumps: 0,
    cuts: [{ line: "if tick == ARG.tick or tick == '' then", instead: 'if true then' }],
  },
  {
    what: 'the most that one addition counts for',
    jumps: 0,
    cuts: [{ line: 'math.min(ARG.passed, step)', instead: 'ARG.passed' }],
  },
];

describe('a window ends early, and a double is made', () => {
  test.each(WITHOUT)('without $what', async ({ what: _, ...rules }) => {
    const redis = new RedisAsValue(used.client);
    const { wrong } = await exploreClocks(redis, rules, 'two living images');
    expect(redis.notFound(rules.cuts ?? [])).toEqual([]);
    expect(wrong).toHaveProperty('two living images');
  });
});

describe('the deadline of a create, by the clocks of its sender', () => {
  const BUDGET = 2;

  test('is never longer than it should be, whichever clock is stepped or stops', () => {
    for (const troubles of [WALL_STEPS, SLEEPS])
      expect(lateSends(BUDGET, troubles, ['wall', 'monotonic'])).toEqual([]);
  });

  test('would be too long by one clock alone', () => {
    expect(lateSends(BUDGET, WALL_STEPS, ['wall'])).not.toEqual([]);
    expect(lateSends(BUDGET, SLEEPS, ['monotonic'])).not.toEqual([]);
  });
});
