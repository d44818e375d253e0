/** In virtual time, with the real ledger, the real steps of a worker and the simulator. */
import { describe, expect, test } from 'vitest';
import { type VirtualRun, virtualImport } from './virtual-import.ts';

const MINUTE = 60_000;
const PATH = process.env['PATH'] ?? '';
const FOUR_MINUTES = { median: 4 * MINUTE, sigma: 0.1 };
const CLOUD = { durationMs: FOUR_MINUTES, showsProgress: false, listsSaving: false };

/** Moments at which the time left of a batch was wrong by more than a fifth, and by more than a minute. */
function wrong({ start, moments, doneAt }: VirtualRun, fromMinute: number): readonly string[] {
  return moments.flatMap(({ at, outlook }) =>
    [...doneAt].flatMap(([batch, end]) => {
      const minute = (at - start) / MINUTE;
      const done = outlook.batches.get(batch)?.done;
      if (minute < fromMinute || end <= at || done?.kind === 'unknown') return [];
      if (done?.kind !== 'about') return [`${batch} at minute ${minute}: ${done?.kind}`];
      const offMs = Math.abs(done.at - end);
      if (offMs <= Math.max(MINUTE, (end - at) / 5)) return [];
      return [
        `${batch} at minute ${minute}: ${(done.at - at) / MINUTE} for ${(end - at) / MINUTE}`,
      ];
    }),
  );
}

const isKnownAt = ({ start, moments }: VirtualRun, minute: number): boolean =>
  moments.some(({ at, outlook }) => {
    return at - start === minute * MINUTE && outlook.project.done.kind === 'about';
  });

describe('240 images of four minutes, thirty at a time', () => {
  test.each([
    { what: 'durations were learned', more: { learnedMs: 4 * MINUTE }, known: 1, from: 1 },
    { what: 'the cloud reports progress', more: { showsProgress: true }, known: 3, from: 3 },
    {
      what: 'the cloud lists what is being created',
      more: { listsSaving: true },
      known: 5,
      from: 0,
    },
    { what: 'nothing is known at first', more: {}, known: 5, from: 0 },
  ])('where $what, the time left is right within a fifth', async ({ more, known, from }) => {
    const wish = { ...CLOUD, ...more, limit: 30, batches: { all: 240 } };
    const run = await virtualImport(PATH, wish);
    expect(wrong(run, from)).toEqual([]);
    expect(isKnownAt(run, known)).toBe(true);
    const counted = run.history.reduce((sum, { succeeded }) => sum + succeeded, 0);
    expect(counted).toBe(240);
    expect(Math.max(...run.history.map(({ inFlight }) => inFlight))).toBe(30);
    expect(run.historyBytes).toBeLessThan(4000);
  });

  test('of two batches each gets its own time, the second after the first', async () => {
    const wish = {
      ...CLOUD,
      learnedMs: 4 * MINUTE,
      limit: 30,
      batches: { first: 120, second: 120 },
    };
    const run = await virtualImport(PATH, wish);
    expect(wrong(run, 3)).toEqual([]);
  });

  test('after all workers were away, as soon as they are back; meanwhile it does not advance', async () => {
    const outage = [10 * MINUTE + 1, 16 * MINUTE] as const;
    const wish = { ...CLOUD, outage, learnedMs: 4 * MINUTE, limit: 30, batches: { all: 240 } };
    const run = await virtualImport(PATH, wish);
    const kinds = (from: number, to: number) =>
      run.moments
        .filter(({ at }) => at - run.start >= from * MINUTE && at - run.start < to * MINUTE)
        .map(({ outlook }) => outlook.project.done.kind);
    expect(new Set(kinds(11, 16))).toEqual(new Set(['stands']));
    expect(new Set(kinds(17, 40))).toEqual(new Set(['about']));
    expect(wrong(run, 17)).toEqual([]);
  });
});
