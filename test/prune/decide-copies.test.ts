import { expect, test } from 'vitest';
import { copy, copyEntry, deletedIn, image, RULE, worldOf } from './prune-world.ts';

/** Five weeks; `a` is the oldest. */
const FIVE = ['a', 'b', 'c', 'd', 'e'].map((id, at) => image(id, { createdAt: 100 + at }));

/** Two copies each of four images that are gone, `o` the oldest. */
const PAIRS = ['o1', 'o2', 'p1', 'p2', 'q1', 'q2', 'r1', 'r2'];

test('the copies of one image count as one', () => {
  const world = worldOf(
    PAIRS.map((id, at) => copy(id, { createdAt: 50 + at })),
    { changed: PAIRS.map((id) => copyEntry(id, id.slice(0, 1))) },
  );
  expect(deletedIn(world)).toEqual(['o2', 'o1']);
});

test('a late copy of an old image does not take the place of the copy of a new one', () => {
  const copies = [copy('v', { createdAt: 203 }), copy('w', { createdAt: 202 }), copy('x')];
  const world = worldOf([...FIVE, ...copies], {
    rules: [{ ...RULE, keepLast: 1 }],
    changed: [copyEntry('v', 'a'), copyEntry('w', 'e'), copyEntry('x', 'd')],
  });
  expect(deletedIn(world)).toEqual(['d', 'c', 'b', 'a', 'x']);
});
