import { expect, test } from 'vitest';
import { nameOf } from '../../src/shared/state/machine.ts';
import { apply, EVENTS, EXAMPLES, LEFT, progress } from '../state/states-and-events.ts';
import { MOVES, MOVES_BESIDE } from './allowed-moves.ts';

test('every move that the state machine can make is one of the model, or has its reason beside', () => {
  const moves = new Set<string>();
  for (const state of Object.values(EXAMPLES)) {
    for (const left of LEFT) {
      for (const event of Object.values(EVENTS)) {
        const next = apply({ ...progress(state), ...left }, event);
        if (next && nameOf(next.state) !== nameOf(state))
          moves.add(`${nameOf(state)} → ${nameOf(next.state)}`);
      }
    }
  }
  const known = new Set([...MOVES, ...Object.keys(MOVES_BESIDE)]);
  expect(known.size).toBe(MOVES.length + Object.keys(MOVES_BESIDE).length);
  expect(moves).toEqual(known);
});
