import { expect, test } from 'vitest';
import { Recovery } from '../../scripts/soak/recovery.ts';
import { buildReport, isClean } from '../../scripts/soak/report.ts';
import type { SoakFigures } from '../../scripts/soak/run-soak.ts';

function measured() {
  const lines: string[] = [];
  const time = { now: 0 };
  const recovery = new Recovery(
    60_000,
    (line) => lines.push(line),
    () => time.now,
  );
  return { lines, time, recovery };
}

const silent = async () => undefined;

test('after each fault it reports when work resumed', () => {
  const { lines, time, recovery } = measured();
  time.now = 10_000;
  recovery.ended('worker killed', '3 of host 1');
  time.now = 10_500;
  recovery.moved();
  expect(lines).toEqual([]);
  time.now = 12_000;
  recovery.created();
  expect(lines).toEqual([
    '10.0 s: worker killed (3 of host 1): next move after 0.5 s, next create after 2.0 s',
  ]);
  expect(recovery.figures().after['worker killed']?.created.maxMs).toBe(2000);
});

test('when all is created, a fault waits for no create', () => {
  const { lines, recovery } = measured();
  recovery.ended('clock step', 'of host 2 by 9 s');
  recovery.moved();
  recovery.close();
  expect(lines[0]).toContain('next create never');
  expect(recovery.figures().after['clock step']?.created.count).toBe(0);
});

test('a minute without a create is a standstill, reported once', async () => {
  const { lines, time, recovery } = measured();
  recovery.ended('power cut', 'for 900 ms');
  time.now = 60_000;
  await recovery.check(5, silent);
  expect(recovery.figures().standstills).toEqual([]);
  for (const at of [60_001, 61_000, 62_000]) {
    time.now = at;
    recovery.moved();
    await recovery.check(5, silent);
  }
  expect(recovery.figures().standstills).toHaveLength(1);
  expect(lines.at(-1)).toContain('STANDSTILL no create, 5 images left');
});

test('where nothing is left to create, a move counts', async () => {
  const { time, recovery } = measured();
  time.now = 60_001;
  recovery.moved();
  await recovery.check(0, silent);
  expect(recovery.figures().standstills).toEqual([]);
});

test.each([
  { reason: 'REDIS_BEHIND: Redis has lost data', isFine: true },
  { reason: undefined, isFine: false },
])(
  'a standstill that is explained ($reason) breaks no run: $isFine',
  async ({ reason, isFine }) => {
    const { time, recovery } = measured();
    time.now = 60_001;
    await recovery.check(5, async () => reason);
    const figures = runWith(recovery);
    expect(isClean(figures)).toBe(isFine);
    expect(buildReport(figures)).toContain(`: ${reason ?? 'no reason is reported'}`);
  },
);

function runWith(recovery: Recovery): SoakFigures {
  return {
    options: {
      images: 5,
      kills: 0,
      freeze: 0,
      redisKills: 0,
      clockSteps: 0,
      powerCuts: 0,
      flapping: false,
      fsync: 'always',
      workers: 1,
      faults: 'none',
      policy: 'hold',
      seed: 1,
      maxInFlight: 1,
      windowMs: 1,
      lockMs: 1,
      rate: 0,
      withinMs: 60_000,
      minutes: 1,
    },
    startedAt: '',
    complete: true,
    wallMs: 1,
    kills: 0,
    freezes: 0,
    redisKills: 0,
    powerCuts: 0,
    lostBytes: 0,
    clockSteps: 0,
    flapping: { spells: 0, long: 0, open: 0 },
    recovery: recovery.figures(),
    verdict: {
      registered: 5,
      succeeded: 5,
      failed: 0,
      held: 0,
      lost: [],
      open: 0,
      doubles: [],
      again: 0,
      wrong: [],
    },
    fleet: {
      started: 1,
      endedAlone: [],
      alarms: 0,
      pausedMs: 0,
      everUnknown: 0,
    },
    cloud: {
      accepted: 5,
      posts: 5,
      logins: 1,
      throttled: 0,
      jobPolls: 0,
      lists: 0,
      maxInFlight: 1,
      faults: {},
    },
  };
}
