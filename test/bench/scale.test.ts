import { describe, expect, test } from 'vitest';
import { costOnPaper } from '../../scripts/bench/scale/cost-model.ts';
import { EventQueue } from '../../scripts/bench/scale/event-queue.ts';
import type { Project } from '../../scripts/bench/scale/project.ts';
import { simulateProject } from '../../scripts/bench/scale/simulate-project.ts';

function project(minutes: number, listsSaving: boolean): Project {
  const usual = { images: 2000, limit: 40, sigma: 0.1, roundTripMs: 150, rate: 60 };
  return { ...usual, medianMs: minutes * 60_000, listsSaving };
}

describe('the cost of a project on paper', () => {
  test.each([
    { minutes: 4, listsSaving: true },
    { minutes: 15, listsSaving: true },
    { minutes: 4, listsSaving: false },
    { minutes: 15, listsSaving: false },
  ])('is what the rules of the workers come to: $minutes min, lists $listsSaving', (kind) => {
    const its = project(kind.minutes, kind.listsSaving);
    const [paper, simulated] = [costOnPaper(its), simulateProject(its)];
    expect(paper.days / simulated.days).toBeCloseTo(1, 1);
    expect(paper.calls / simulated.calls).toBeCloseTo(1, 1);
    expect(paper.commands / simulated.commands).toBeCloseTo(1, 1);
  });

  test('of a hundred times the images is a hundred times as much', () => {
    const small = costOnPaper(project(4, false));
    const large = costOnPaper({ ...project(4, false), images: 200_000 });
    expect(large.days / small.days).toBeCloseTo(98, 0);
    expect(large.calls).toBe(small.calls);
  });
});

test('an import of four minutes costs a project at most 8 calls, and is known 11 s later at most', () => {
  for (const listsSaving of [true, false]) {
    const { calls, lags } = simulateProject(project(4, listsSaving));
    expect(calls).toBeLessThan(8);
    expect(lags[Math.floor(0.95 * lags.length)]).toBeLessThan(11_000);
  }
});

test('what is planned in virtual time happens in its order', () => {
  const time = new EventQueue();
  const seen: number[] = [];
  const delays = Array.from({ length: 200 }, (_, index) => (index * 7919) % 211);
  for (const delay of delays) time.plan(delay, () => seen.push(time.now));
  time.run();
  expect(seen).toEqual(delays.toSorted((a, b) => a - b));
});
