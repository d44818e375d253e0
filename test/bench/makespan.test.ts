import { describe, expect, test } from 'vitest';
import { emptyPlaces, listSchedule } from '../../scripts/bench/makespan/bound.ts';
import { drawnDurations } from '../../scripts/bench/makespan/durations.ts';
import { pauseAfter429, STYLES } from '../../scripts/bench/makespan/poll-styles.ts';
import { assertPrograms } from '../../scripts/bench/makespan/programs.ts';
import { CREATE, cloud, SYSTEM } from '../simulator/plain-cloud.ts';

describe('the bound of a makespan', () => {
  test.each([
    { durations: [], places: 2, bound: 0 },
    { durations: [5, 3], places: 4, bound: 5 },
    { durations: [5, 3, 4], places: 1, bound: 12 },
    { durations: [5, 3, 4], places: 2, bound: 7 },
    { durations: [1, 1, 1, 10], places: 2, bound: 11 },
  ])('of $durations on $places places is $bound', ({ durations, places, bound }) => {
    expect(listSchedule(durations, places)).toBe(bound);
  });

  test('is of the durations that the cloud gives in the order of acceptance', async () => {
    const durationMs = { median: 1000, sigma: 0.4 };
    const { post, simulator } = await cloud({ seed: 7, durationMs, duration: durationMs });
    for (let n = 0; n < 5; n += 1) await post(CREATE, SYSTEM);
    const given = [...simulator.state.cloud.tasks.values()].map((task) =>
      Math.round(task.endsAt - task.startsAt),
    );
    expect(drawnDurations({ seed: 7, durationMs }, 5).map(Math.round)).toEqual(given);
  });
});

test('a place is empty from the end of an import to the start of the next', () => {
  const work = [
    { from: 0, to: 10 },
    { from: 1, to: 4 },
    { from: 6, to: 20 },
    { from: 10, to: 30 },
  ];
  expect(emptyPlaces(work, 2)).toEqual([2, 0]);
});

describe('after a 429', () => {
  const poll = { nth: 1, all: 1, isPoll: true, chance: 0.5 };

  test.each([
    { style: 'p-limit', at: poll, pause: 1000 },
    { style: 'p-limit', at: { ...poll, nth: 9 }, pause: 30_000 },
    { style: 'tf-otc', at: { ...poll, all: 5 }, pause: 60_000 },
    { style: 'tf-otc', at: { ...poll, all: 6 }, pause: 'give-up' },
    { style: 'tf-otc-patient', at: { ...poll, all: 600 }, pause: 60_000 },
    { style: 'tf-huawei', at: { ...poll, nth: 5 }, pause: 960_000 },
    { style: 'tf-huawei', at: { ...poll, nth: 6 }, pause: 'give-up' },
    { style: 'packer', at: poll, pause: 10_000 },
    { style: 'packer', at: { ...poll, isPoll: false, nth: 2 }, pause: 2000 },
  ] as const)('$style pauses for $pause', ({ style, at, pause }) => {
    expect(pauseAfter429(STYLES[style], at)).toBe(pause);
  });
});

test('a program that is missing is named with the way to install it', () => {
  expect(() => assertPrograms('/nowhere', ['jq'])).toThrow('apt-get install -y jq');
});
