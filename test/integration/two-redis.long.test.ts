import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { archiveFolder } from '../support/archive-parts.ts';
import { cloud } from '../support/cloud.ts';
import { type Ferry, type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { imagesOf, SHORT_WINDOW } from '../support/one-run.ts';
import { redisFellBack } from '../support/recorded-history.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const one = useRedis({ emptied: true });
const other = useRedis({ emptied: true });
const ALARM = 'another installation works on this project';

function envOf(simulator: Simulator, url: string, more: FerryEnv = {}): FerryEnv {
  return accountEnv(simulator, url, { IMS_FERRY_MAX_IN_FLIGHT: '5', ...more });
}

const batchIsPaused = async (batch: string, env: FerryEnv): Promise<boolean> =>
  (await runFerry(['status', batch], env)).stdout.includes('(paused');

/** Everything that people look at says so, with what to do. */
async function expectAlarm(worker: Ferry, batch: string, env: FerryEnv): Promise<void> {
  expect(worker.stderr()).toContain(ALARM);
  const status = await runFerry(['status', batch], env);
  expect(status.stderr).toContain('Another installation works on this project: IMS shows');
  expect(status.stderr).toContain('then run: ims-ferry resume');
  const doctor = await runFerry(['doctor'], env);
  expect(doctor.stdout).toMatch(/failed +ledger +Another installation works on this project/);
}

/** Its first list is so old that IMS's whole seconds show what was created after it. */
async function knowsWhatIsOld({ client }: typeof one): Promise<boolean> {
  const until = await client.hget('{imsferry:default}:meta', 'explained_until');
  return until !== null && Number(until) + 1000 < Date.now();
}

test('two installations with a Redis each, the same manifest and moment: both notice it and stop', async () => {
  const simulator = await cloud({ duration: 100, latencyMs: 30 });
  const envs = [envOf(simulator, one.url), envOf(simulator, other.url)] as const;
  const first = startFerry(['work'], envs[0]);
  const second = startFerry(['work'], envs[1]);
  const before = await manifestFile('before', 1);
  for (const env of envs) {
    expect((await runFerry(['submit', '--wait', before], env)).code).toBe(0);
  }
  await until(() => knowsWhatIsOld(one));
  await until(() => knowsWhatIsOld(other));

  // Neither sees what the other creates before both have as many in flight as they may.
  const hour = 3_600_000;
  simulator.set({ duration: hour, listingDelayMs: hour });
  const file = await manifestFile('both', 40);
  for (const env of envs) await runFerry(['submit', file], env);
  await until(() => simulator.accepted.length === 1 + 10);
  simulator.set({ listingDelayMs: 0 });
  for (const env of envs) await until(() => batchIsPaused('both', env));
  await expectAlarm(first, 'both', envs[0]);
  await expectAlarm(second, 'both', envs[1]);
  simulator.set({ duration: 500 });
  simulator.finishAll();
  const inFlight = async (env: FerryEnv): Promise<number> =>
    (await imagesOf('both', env)).filter(({ state }) => !['pending', 'succeeded'].includes(state))
      .length;
  for (const env of envs) await until(async () => (await inFlight(env)) === 0);
  expect(simulator.accepted).toHaveLength(1 + 10);

  expect(await second.stop()).toBe(0);
  const twice = doubles(simulator).length;
  const resumed = await runFerry(['resume', 'both'], envs[0]);
  expect(resumed.stderr).toMatch(/alarm about \d+ images? of another installation is cleared/);
  const waited = await runFerry(['submit', '--wait', file], envs[0]);
  expect(waited.stderr).toContain('40/40 done (40 succeeded)');
  expect(doubles(simulator)).toHaveLength(twice);
  expect(createsByMarker(simulator).size).toBe(1 + 40);
  expect((await runFerry(['doctor'], envs[0])).stdout).not.toContain('Another installation');
});

test('a second installation starts while the first is at work: the first notices it and stops, the second continues', async () => {
  // The first cannot end before the second has started, however slow this machine is.
  const simulator = await cloud({ duration: 3_600_000, latencyMs: 20 });
  const file = await manifestFile('late', 30);
  const [first, second] = [envOf(simulator, one.url), envOf(simulator, other.url)];
  const early = startFerry(['work'], first);
  await runFerry(['submit', file], first);
  await until(() => simulator.accepted.length === 5);
  await until(() => knowsWhatIsOld(one));
  startFerry(['work'], { ...second, IMS_FERRY_MAX_IN_FLIGHT: '10' });
  const waiting = startFerry(['submit', '--wait', file], second);
  await until(() => batchIsPaused('late', first));
  await expectAlarm(early, 'late', first);
  simulator.set({ duration: 500 });
  simulator.finishAll();
  expect(await waiting.exited).toBe(0);
  expect(createsByMarker(simulator).size).toBe(30);
  expect(doubles(simulator)).toEqual([]);
});

test('an installation with other images raises the alarm and stops nothing', async () => {
  const simulator = await cloud({ duration: 1500 });
  const [first, second] = [envOf(simulator, one.url), envOf(simulator, other.url)];
  startFerry(['work'], second);
  const worker = startFerry(['work'], first);
  const waiting = startFerry(['submit', '--wait', await manifestFile('mine', 25)], first);
  // IMS reports times in whole seconds: what is as old as the first list may be ours.
  await until(() => simulator.accepted.length >= 11);
  await runFerry(['submit', await manifestFile('theirs', 5)], second);
  await worker.says(ALARM);
  expect(await waiting.exited).toBe(0);
  await expectAlarm(worker, 'mine', first);
  expect(doubles(simulator)).toEqual([]);
});

test('archived batches, entries that were taken out by hand and an emptied Redis are no alarm', async () => {
  const simulator = await cloud({ duration: 1000 });
  const env = envOf(simulator, one.url, { ...SHORT_WINDOW, IMS_FERRY_MAX_IN_FLIGHT: '30' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('known', 6);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const folder = await archiveFolder();
  expect((await runFerry(['archive', 'known', '--to', folder], env)).code).toBe(0);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);

  const isDone = async (batch: string): Promise<boolean> =>
    (await imagesOf(batch, env)).every(({ state }) => state === 'succeeded');
  const next = await manifestFile('removed', 6);
  await runFerry(['submit', next], env);
  await until(() => simulator.accepted.length === 12);
  const entries = [...createsByMarker(simulator).keys()].map(
    (key) => `{imsferry:default}:i:${key}`,
  );
  await one.client.del(...entries);
  redisFellBack();
  await runFerry(['submit', next], env);
  await until(() => isDone('removed'));

  const last = await manifestFile('flushed', 6);
  await runFerry(['submit', last], env);
  await until(() => simulator.accepted.length === 18);
  await one.client.flushall();
  await runFerry(['submit', last], env);
  await until(() => isDone('flushed'));
  expect(worker.stderr()).not.toContain(ALARM);
  expect((await runFerry(['status'], env)).stderr).not.toContain('Another installation');
  expect(simulator.accepted).toHaveLength(18);
  expect(doubles(simulator)).toEqual([]);
});
