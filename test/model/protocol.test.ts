import { describe, expect, test } from 'vitest';
import { MOVES } from './allowed-moves.ts';
import { explore, type Verdict } from './explore.ts';
import { type Budget, type Rules, SHIPPED } from './world.ts';

interface Variant {
  readonly what: string;
  readonly rules?: Partial<Rules>;
  readonly budget: Partial<Budget>;
}

function run({ rules, budget }: Omit<Variant, 'what'>): Verdict {
  return explore({ ...SHIPPED, ...rules }, budget);
}

/** What the shipped protocol promises to survive; answers and requests may be lost or late in all. */
const SHIPPED_VARIANTS: readonly Variant[] = [
  { what: 'two workers that may pause anywhere', budget: {}, rules: { mostIntents: 3 } },
  { what: 'two kills at any step', budget: { kills: 2 } },
  {
    what: 'policy hold, a kill, and resolve',
    rules: { policy: 'hold' },
    budget: { kills: 1, resolves: 1 },
  },
  {
    what: 'a kill, an IMS job that fails, and retry',
    budget: { kills: 1, failures: 1, retries: 1 },
  },
  { what: 'a refusal and retry', budget: { refusals: 1, retries: 1 } },
  {
    what: 'an IMS job that is forgotten, cancel and retry',
    budget: { forgets: 1, cancels: 1, retries: 1 },
  },
  { what: 'a Redis that falls back to any older state', budget: { rollbacks: 1 } },
];

/** What each safeguard is for: without it the model finds the double. */
const WITHOUT: readonly Variant[] = [
  { what: 'the intent', rules: { hasIntent: false }, budget: {} },
  { what: 'the compare of admission', rules: { hasCompare: false }, budget: {} },
  { what: 'the deadline', rules: { hasDeadline: false }, budget: {} },
  { what: 'the window', rules: { hasWindow: false }, budget: {} },
  {
    what: 'the incarnation in a verdict',
    rules: { hasIncarnation: false, mostIntents: 3 },
    budget: {},
  },
  { what: 'the guard against a rollback', rules: { hasGuard: false }, budget: { rollbacks: 1 } },
  {
    what: 'what the window rests on: that IMS lists what it has accepted',
    rules: { windowHolds: false },
    budget: {},
  },
];

const moves = new Set<string>();

describe('the protocol as it is shipped: no double, nothing lost, no false success', () => {
  test.each(SHIPPED_VARIANTS)('with $what', (variant) => {
    const verdict = run(variant);
    for (const move of verdict.moves) moves.add(move);
    const { double, lost, falseSuccess } = verdict;
    expect({ double, lost, falseSuccess }).toEqual({});
    expect(verdict.states).toBeGreaterThan(1000);
  });

  test('makes the moves that recorded histories are held against, and no others', () => {
    expect([...moves].toSorted((a, b) => a.localeCompare(b))).toEqual(MOVES);
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
