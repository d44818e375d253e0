import { describe, expect, test } from 'vitest';
import { run, WITHOUT } from './variants.ts';

describe('the protocol as it is shipped', () => {
  test('makes no double, loses nothing and reports no false success under two kills at any step', () => {
    const { double, lost, falseSuccess, states } = run({ budget: { kills: 2 } });
    expect({ double, lost, falseSuccess }).toEqual({});
    expect(states).toBeGreaterThan(1000);
  });
});

describe('a double is found', () => {
  test.each(WITHOUT)('without $what', (variant) => {
    const { double } = run(variant);
    expect(double?.filter((step) => step.startsWith('ACCEPTED'))).toHaveLength(2);
  });

  test('policy hold makes none although IMS lists too late', () => {
    const { double } = run({ rules: { policy: 'hold', windowHolds: false }, budget: { kills: 1 } });
    expect(double).toBeUndefined();
  });
});
