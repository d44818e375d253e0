import { expect, test } from 'vitest';
import { clockLibraries } from '../../scripts/soak/hosts.ts';
import { parseOptions } from '../../scripts/soak/options.ts';
import { planServerStrikes, planSteps } from '../../scripts/soak/strikes.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';

test('clock steps, power cuts and flapping are off by default', () => {
  expect(parseOptions([])).toMatchObject({
    clockSteps: 0,
    powerCuts: 0,
    flapping: false,
    fsync: 'always',
  });
  const given = ['--clock-steps', '7', '--power-cuts', '3', '--flapping'];
  expect(parseOptions(given)).toMatchObject({
    clockSteps: 7,
    powerCuts: 3,
    flapping: true,
    fsync: 'everysec',
  });
});

test('--fsync sets what a power cut may take', () => {
  const given = ['--power-cuts', '3', '--fsync'];
  expect(parseOptions([...given, 'always'])?.fsync).toBe('always');
  expect(() => parseOptions([...given, 'no'])).toThrow('--fsync no is not one of always, everysec');
});

test('with everysec kills come more slowly: a killed worker needs longer to come back', () => {
  const given = ['--images', '100', '--kills', '10'];
  const rate = (fsync: string) => parseOptions([...given, '--fsync', fsync])?.rate ?? 0;
  expect(rate('everysec')).toBeLessThan(rate('always'));
});

test('work has to resume within a minute, or within 30 locks', () => {
  expect(parseOptions([])?.withinMs).toBe(60_000);
  expect(parseOptions(['--lock', '30000'])?.withinMs).toBe(900_000);
  expect(parseOptions(['--within', '5000'])?.withinMs).toBe(5000);
});

test.each(['--clock-steps', '--power-cuts'])('%s takes a number', (option) => {
  expect(() => parseOptions([option, 'many'])).toThrow(`${option} many is not a number`);
});

test('a missing libfaketime is reported in one line', () => {
  const without = new URL('.', import.meta.url).pathname;
  expect(() => clockLibraries(without)).toThrow(
    'Stepping clocks needs libfaketime: apt-get install faketime',
  );
});

test('steps go forward and back, by a second to a day', () => {
  const steps = planSteps({ images: 1000, clockSteps: 200 }, seededRandom(1));
  const sizes = steps.map(({ ms }) => Math.abs(ms));
  expect(steps.some(({ ms }) => ms < 0) && steps.some(({ ms }) => ms > 0)).toBe(true);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(86_400_000);
  expect(Math.max(...sizes)).toBeGreaterThan(3_600_000);
});

test('kills of Redis and power cuts come one after the other', () => {
  const plan = planServerStrikes({ images: 100, redisKills: 5, powerCuts: 4 }, seededRandom(1));
  const due = plan.map(({ accepted }) => accepted);
  expect(due).toEqual(due.toSorted((a, b) => a - b));
  expect(plan.filter(({ what }) => what === 'power')).toHaveLength(4);
});
