import { describe, test } from 'vitest';
import { runOperators } from '../support/operators/run.ts';
import { needing } from '../support/programs.ts';
import { together } from '../support/together.ts';

/** How often, each time at every policy and with another seed. `npm run test:operators` sets it. */
const RUNS = Number(process.env['OPERATOR_RUNS'] ?? 1);
const FIRST = Number(process.env['OPERATOR_SEED'] ?? 1);
const POLICIES = ['hold', 'auto', 'resubmit'];

describe('people who do as they like in bad times', needing('faketime'), () => {
  test.each(Array.from({ length: RUNS }, (_, index) => FIRST + index))(
    'make no double, lose nothing and get no wrong outcome (seed %i)',
    (seed) =>
      together(
        POLICIES.map((policy) => ({ what: `${policy}, seed ${seed}`, policy })),
        ({ policy }) => runOperators({ policy, seed }),
      ),
  );
});
