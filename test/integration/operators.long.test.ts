import { describe, expect, test } from 'vitest';
import { type Create, judge } from '../support/operators/judge.ts';
import { runOperators } from '../support/operators/run.ts';
import { needing } from '../support/programs.ts';
import { together } from '../support/together.ts';

/** How often, each time at every policy and with another seed. `npm run test:operators` sets it. */
const RUNS = Number(process.env['OPERATOR_RUNS'] ?? 1);
const FIRST_SEED = Number(process.env['OPERATOR_SEED'] ?? 1);
const POLICIES = ['hold', 'auto', 'resubmit'];

describe('people who do as they like in bad times', needing('faketime'), () => {
  test.each(Array.from({ length: RUNS }, (_, index) => FIRST_SEED + index))(
    'make no double, lose nothing and get no wrong outcome (seed %i)',
    (seed) =>
      together(
        POLICIES.map((policy) => ({ what: `${policy}, seed ${seed}`, policy })),
        ({ policy }) => runOperators({ policy, seed }),
      ),
  );
});

test('the judge names a double, what was lost, and an outcome that the cloud contradicts', () => {
  const made = (marker: string, at: number, id: string): Create => ({
    marker,
    at,
    job_id: `J${id}`,
    image_ids: [id],
    late: false,
  });
  const cloud = { tasks: new Map(), images: new Map([['5', { deletedAt: 15 }]]) };
  const accepted = [
    made('twice', 10, '1'),
    made('twice', 20, '2'),
    made('failed', 10, '3'),
    made('asked', 10, '5'),
    made('asked', 20, '6'),
  ];
  const simulator = { accepted, state: { cloud } };
  const names = ['twice', 'failed', 'asked', 'nowhere'];
  const ordered = new Map(names.map((name) => [name, { name, batches: new Set(['b']) }]));
  const images = [
    { key: 'twice', state: 'succeeded', held: false, image_id: '1', error: null },
    { key: 'failed', state: 'failed', held: false, image_id: null, error: { code: 'X' } },
    { key: 'asked', state: 'succeeded', held: false, image_id: '6', error: null },
  ] as const;
  const statuses = [{ images }];
  const deeds = { asked: [{ at: 16, batch: 'b' }], broken: [], done: [] };
  const { doubles, lost, wrong } = judge({ simulator, ordered, deeds, statuses });
  expect([doubles, lost, wrong].map((all) => all.map((text) => text.split(' ')[0]))).toEqual([
    ['twice'],
    ['nowhere'],
    ['failed'],
  ]);
});
