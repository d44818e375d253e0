import { describe, expect, test } from 'vitest';
import { drawnDurations, emptyPlaces, listSchedule } from '../../scripts/bench/bound.ts';
import { placed } from '../../scripts/bench/report.ts';
import { sizedCloud } from '../../scripts/bench/sizes.ts';
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

test('sizes explain durations that differ as much as those without sizes', () => {
  const cloud = sizedCloud({ images: 300, seed: 1, medianMs: 120_000 });
  const logs = drawnDurations(cloud, 300).map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length;
  expect(Math.exp(mean)).toBeGreaterThan(110_000);
  expect(Math.exp(mean)).toBeLessThan(135_000);
  expect(Math.sqrt(variance)).toBeGreaterThan(0.36);
  expect(Math.sqrt(variance)).toBeLessThan(0.44);
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

test('a section replaces the older one, and nothing else of the page', () => {
  const section = (text: string) => `<!-- bench makespan -->\n${text}\n<!-- end of makespan -->`;
  expect(placed(`# Page\n\n${section('old')}\n\nMore\n`, section('new'))).toBe(
    `# Page\n\n${section('new')}\n\nMore\n`,
  );
  expect(placed('# Page\n', section('new'))).toBe(`# Page\n\n${section('new')}\n`);
});
