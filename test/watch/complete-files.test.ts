import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompleteFiles } from '../../src/producer/watch/scan-folder.ts';

const QUIET = 2000;
const version = (name: string, print: string) => ({ name, print, looksWhole: true });
const namesOf = ({ ready }: ReturnType<CompleteFiles['update']>) => ready.map(({ name }) => name);

describe('a file', () => {
  test('is complete when it has not changed for the quiet time', () => {
    const complete = new CompleteFiles(QUIET);
    expect(complete.update([version('a', '1')], 0)).toEqual({ ready: [], againMs: QUIET });
    expect(complete.update([version('a', '2')], 1500)).toEqual({ ready: [], againMs: QUIET });
    expect(complete.update([version('a', '2')], 3400)).toEqual({ ready: [], againMs: 100 });
    expect(namesOf(complete.update([version('a', '2')], 3500))).toEqual(['a']);
  });

  test('that does not look whole is left alone five times as long', () => {
    const complete = new CompleteFiles(QUIET);
    const cut = { name: 'a', print: '1', looksWhole: false };
    complete.update([cut], 0);
    expect(namesOf(complete.update([cut], 9999))).toEqual([]);
    expect(namesOf(complete.update([cut], 10_000))).toEqual(['a']);
  });

  test('is ready until it is taken, and again when it has changed', () => {
    const complete = new CompleteFiles(QUIET);
    complete.update([version('a', '1')], 0);
    expect(namesOf(complete.update([version('a', '1')], 3000))).toEqual(['a']);
    expect(namesOf(complete.update([version('a', '1')], 4000))).toEqual(['a']);
    complete.taken(version('a', '1'));
    expect(complete.update([version('a', '1')], 5000)).toEqual({ ready: [], againMs: undefined });
    complete.update([version('a', '2')], 6000);
    expect(namesOf(complete.update([version('a', '2')], 8000))).toEqual(['a']);
  });

  test('that changed while it was handled is ready again', () => {
    const complete = new CompleteFiles(QUIET);
    complete.update([version('a', '1')], 0);
    complete.update([version('a', '2')], 100);
    complete.taken(version('a', '1'));
    expect(namesOf(complete.update([version('a', '2')], 2100))).toEqual(['a']);
  });

  test('that went and came back is a new one', () => {
    const complete = new CompleteFiles(QUIET);
    complete.update([version('a', '1')], 0);
    complete.taken(version('a', '1'));
    complete.update([], 100);
    complete.update([version('a', '1')], 200);
    expect(namesOf(complete.update([version('a', '1')], 2200))).toEqual(['a']);
  });
});

test('no version is ready before it was unchanged for the quiet time, and none is forgotten', () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 3000 }), print: fc.constantFrom('1', '2', '3') }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (moves) => {
      const complete = new CompleteFiles(QUIET);
      let now = 0;
      let since = 0;
      let last = '';
      for (const { wait, print } of moves) {
        now += wait;
        if (print !== last) since = now;
        last = print;
        const isDue = now - since >= QUIET;
        expect(namesOf(complete.update([version('a', print)], now))).toEqual(isDue ? ['a'] : []);
      }
    }),
  );
});
