import { describe, expect, test } from 'vitest';
import { run, WITHOUT } from './variants.ts';

describe('the protocol as it is shipped', () => {
  test('makes no double, loses nothing and reports nothing false under two kills at any step', async () => {
    const { wrong, states } = await run({ budget: { kills: 2 } });
    expect(wrong).toEqual({});
    expect(states).toBeGreaterThan(1000);
  });
});

describe('what must never be is found', () => {
  test.each(WITHOUT)('without $what', async ({ finds, ...variant }) => {
    const { wrong } = await run(variant, finds);
    expect(Object.keys(wrong)).toContain(finds);
  });

  test('policy hold makes no double although IMS lists too late', async () => {
    const rules = { policy: 'hold', windowHolds: false } as const;
    const { wrong } = await run({ rules, budget: { kills: 1 } });
    expect(wrong).not.toHaveProperty('two living images');
  });
});
