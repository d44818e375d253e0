import { describe, expect, test } from 'vitest';
import { MOVES } from './allowed-moves.ts';
import { run, SHIPPED_VARIANTS } from './variants.ts';

const moves = new Set<string>();

describe('the protocol as it is shipped: no double, nothing lost, nothing reported that is false', () => {
  test.each(SHIPPED_VARIANTS)('with $what', async (variant) => {
    const verdict = await run(variant);
    for (const move of verdict.moves) moves.add(move);
    expect(verdict.wrong).toEqual({});
    expect(verdict.states).toBeGreaterThan(1000);
  });

  test('makes the moves that recorded histories are held against, and no others', () => {
    expect([...moves].toSorted((a, b) => a.localeCompare(b))).toEqual(MOVES);
  });
});

test('a FAIL that lies while the image is hidden is believed, and a retry creates none beside it', async () => {
  const verdict = await run({ budget: { hides: 1, denials: 1, retries: 1 } });
  expect(Object.keys(verdict.wrong)).toEqual(['a living image called failed']);
});
