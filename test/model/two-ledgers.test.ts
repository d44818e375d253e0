import { describe, expect, test } from 'vitest';
import { useRedis } from '../support/use-redis.ts';
import { RedisAsValue } from './redis-as-value.ts';
import { exploreLedgers, type LedgersRules } from './two-ledgers-model.ts';
import { exploreTwoRedis } from './two-redis-model.ts';

const used = useRedis();

test('two ledgers of one Redis, one project, the same image: one creates it', async () => {
  const { wrong, states } = await exploreLedgers(new RedisAsValue(used.client), {});
  expect(wrong).toEqual({});
  expect(states).toBeGreaterThan(100);
});

const WITHOUT: readonly (Partial<LedgersRules> & { readonly what: string })[] = [
  {
    what: 'the claim of the project',
    asksAtStart: false,
    cuts: [{ line: "if not holdsProject() then return {'unclaimed', 0} end", instead: '' }],
  },
  {
    what: 'the count of open imports before the project is moved',
    cuts: [
      { line: "local open = redis.call('ZCARD', P .. 'due')", instead: 'local open = 0' },
      { line: 'then open = open + 1 end', instead: 'then open = open end' },
    ],
  },
];

describe('both create it', () => {
  test.each(WITHOUT)('without $what', async ({ what: _, ...rules }) => {
    const redis = new RedisAsValue(used.client);
    const { wrong } = await exploreLedgers(redis, rules, 'two living images');
    expect(redis.notFound(rules.cuts ?? [])).toEqual([]);
    expect(wrong).toHaveProperty('two living images');
  });
});

const SILENCE = 'two images in silence';

test('two installations with a Redis each: where both create an image, one of them notices', async () => {
  const { wrong, states } = await exploreTwoRedis({ notices: true, scans: true });
  expect(wrong).toEqual({});
  expect(states).toBeGreaterThan(50);
});

test('without the look at what the ledger has sent both create it in silence', async () => {
  const { wrong } = await exploreTwoRedis({ notices: false, scans: true }, SILENCE);
  expect(wrong).toHaveProperty(SILENCE);
});
