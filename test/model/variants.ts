import { explore, type Verdict } from './explore.ts';
import { type Budget, type Rules, SHIPPED } from './world.ts';

export interface Variant {
  readonly what: string;
  readonly rules?: Partial<Rules>;
  readonly budget: Partial<Budget>;
}

export function run({ rules, budget }: Omit<Variant, 'what'>): Verdict {
  return explore({ ...SHIPPED, ...rules }, budget);
}

/** What the shipped protocol promises to survive; answers and requests may be lost or late in all. */
export const SHIPPED_VARIANTS: readonly Variant[] = [
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
  { what: 'an image that is hidden after it was seen', budget: { hides: 1 } },
  {
    what: 'a hidden image, a kill, and resolve',
    rules: { policy: 'hold' },
    budget: { hides: 1, kills: 1, resolves: 1 },
  },
];

/** What each safeguard is for: without it the model finds the double. */
export const WITHOUT: readonly Variant[] = [
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
  { what: 'the memory of what was seen', rules: { hasMemory: false }, budget: { hides: 1 } },
  {
    what: 'what the window rests on: that IMS lists what it has accepted',
    rules: { windowHolds: false },
    budget: {},
  },
];
