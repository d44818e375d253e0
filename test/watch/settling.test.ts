import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Settling } from '../../src/producer/watch/settling.ts';

const QUIET = 2000;
const whole = (name: string, print: string) => ({ name, print, looksWhole: true });
const namesOf = ({ ready }: ReturnType<Settling['see']>) => ready.map(({ name }) => name);

describe('a file', () => {
  test('is complete when it has not changed for the quiet time', () => {
    const settling = new Settling(QUIET);
    expect(settling.see([whole('a', '1')], 0)).toEqual({ ready: [], againMs: QUIET });
    expect(settling.see([whole('a', '2')], 1500)).toEqual({ ready: [], againMs: QUIET });
    expect(settling.see([whole('a', '2')], 3400)).toEqual({ ready: [], againMs: 100 });
    expect(namesOf(settling.see([whole('a', '2')], 3500))).toEqual(['a']);
  });

  test('that does not look whole is left alone five times as long', () => {
    const settling = new Settling(QUIET);
    const cut = { name: 'a', print: '1', looksWhole: false };
    settling.see([cut], 0);
    expect(namesOf(settling.see([cut], 9999))).toEqual([]);
    expect(namesOf(settling.see([cut], 10_000))).toEqual(['a']);
  });

  test('is told until it is dealt with, and again when it has changed', () => {
    const settling = new Settling(QUIET);
    settling.see([whole('a', '1')], 0);
    expect(namesOf(settling.see([whole('a', '1')], 3000))).toEqual(['a']);
    expect(namesOf(settling.see([whole('a', '1')], 4000))).toEqual(['a']);
    settling.taken(whole('a', '1'));
    expect(settling.see([whole('a', '1')], 5000)).toEqual({ ready: [], againMs: undefined });
    settling.see([whole('a', '2')], 6000);
    expect(namesOf(settling.see([whole('a', '2')], 8000))).toEqual(['a']);
  });

  test('that changed while it was dealt with is told again', () => {
    const settling = new Settling(QUIET);
    settling.see([whole('a', '1')], 0);
    settling.see([whole('a', '2')], 100);
    settling.taken(whole('a', '1'));
    expect(namesOf(settling.see([whole('a', '2')], 2100))).toEqual(['a']);
  });

  test('that went and came back is a new one', () => {
    const settling = new Settling(QUIET);
    settling.see([whole('a', '1')], 0);
    settling.taken(whole('a', '1'));
    settling.see([], 100);
    settling.see([whole('a', '1')], 200);
    expect(namesOf(settling.see([whole('a', '1')], 2200))).toEqual(['a']);
  });
});

test('no version is told before it was seen unchanged for the quiet time, and none is forgotten', () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 3000 }), print: fc.constantFrom('1', '2', '3') }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (moves) => {
      const settling = new Settling(QUIET);
      let now = 0;
      let since = 0;
      let last = '';
      for (const { wait, print } of moves) {
        now += wait;
        if (print !== last) since = now;
        last = print;
        const isDue = now - since >= QUIET;
        expect(namesOf(settling.see([whole('a', print)], now))).toEqual(isDue ? ['a'] : []);
      }
    }),
  );
});
