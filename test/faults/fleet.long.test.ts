import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import {
  type FerryEnv,
  type FerryProcess,
  runFerry,
  spawnFerry,
  startFerry,
} from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { expectOnce, imagesOf, PATIENT, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();
const HOUR_MS = 3_600_000;
const WRONG_CLOCK = fileURLToPath(new URL('../support/wrong-clock.ts', import.meta.url));

/** A worker whose wall clock is wrong, and wrong in another way from SIGUSR2 on. */
function startWithClock(env: FerryEnv, wrongMs: number, thenMs: number): FerryProcess {
  const clock = { WRONG_CLOCK_MS: String(wrongMs), WRONG_CLOCK_THEN_MS: String(thenMs) };
  return spawnFerry(['work'], { ...env, ...clock, NODE_OPTIONS: `--import ${WRONG_CLOCK}` });
}

test('two submits of one manifest at the same moment make one set of creates', async () => {
  const simulator = await cloud({ duration: 300, latencyMs: 30 });
  const names = { IMS_FERRY_NAMESPACE: 'same-moment' };
  const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
  startFerry(['work'], env);
  startFerry(['work'], env);
  const file = await manifestFile('same-moment', 15);
  const runs = [1, 2].map(() => runFerry(['submit', '--wait', file], env));
  for (const run of runs) expectOnce(simulator, 15, await run);
});

test('a second namespace is refused; it adopts what the first has made once the project is moved to it', async () => {
  const simulator = await cloud({ duration: 200 });
  const file = await manifestFile('shared', 5);
  const [first, second] = ['first-of-two', 'second-of-two'].map((namespace) =>
    accountEnv(simulator, redis.url, { ...SHORT_WINDOW, IMS_FERRY_NAMESPACE: namespace }),
  ) as [FerryEnv, FerryEnv];
  const worker = startFerry(['work'], first);
  expectOnce(simulator, 5, await runFerry(['submit', '--wait', file], first));
  expect((await runFerry(['work'], second)).stderr).toContain('belongs to namespace first-of-two');
  expect(await worker.stop()).toBe(0);
  expect((await runFerry(['resume', '--take-project'], second)).code).toBe(0);
  startFerry(['work'], second);
  expectOnce(simulator, 5, await runFerry(['submit', '--wait', file], second));
});

test('two images with one marker: an alarm, the import is held, and nothing is deleted', async () => {
  const simulator = await cloud({
    duration: 200,
    createFaults: { dropAfter: 1 },
    listingDelayMs: 3_600_000,
  });
  const env = accountEnv(simulator, redis.url, {
    ...PATIENT,
    IMS_FERRY_NAMESPACE: 'twice-marked',
  });
  const worker = startFerry(['work'], env);
  const waiting = submitAll('twice-marked', 1, env);
  await until(() => simulator.accepted.length === 1);
  const [made] = simulator.accepted;
  const response = await fetch(`${simulator.url}/_control/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: made?.name,
      image_url: made?.image_url,
      tags: [`imsferry=${made?.marker}`],
      created_at: new Date().toISOString(),
    }),
  });
  expect(response.status).toBe(200);
  // Both are listed from now on.
  simulator.set({ listingDelayMs: 0 });
  const { code, stderr } = await waiting;
  expect(code).toBe(1);
  expect(stderr).toContain('1 unknown (1 held)');
  expect(worker.stderr()).toContain('double: several images carry one marker');
  expect((await imagesOf('twice-marked', env))[0]).toMatchObject({
    held: true,
    error: { code: 'DOUBLE' },
  });
  expect(simulator.stats.posts).toBe(1);
  expect(Object.keys(simulator.stats.calls).filter((call) => /delete/i.test(call))).toEqual([]);
});

test('a wall clock that is wrong by an hour or a day, or jumps while it works: nothing twice', () =>
  together(
    [
      { what: 'ahead-then-back', wrongMs: HOUR_MS, thenMs: 0 },
      { what: 'behind-then-ahead', wrongMs: -24 * HOUR_MS, thenMs: 24 * HOUR_MS },
      { what: 'right-then-behind', wrongMs: 0, thenMs: -HOUR_MS },
    ],
    async ({ what, wrongMs, thenMs }) => {
      const simulator = await cloud({
        duration: 400,
        latencyMs: 30,
        createFaults: { dropAfter: 0.3 },
      });
      const env = accountEnv(simulator, redis.url, {
        ...SHORT_WINDOW,
        IMS_FERRY_NAMESPACE: what,
        IMS_FERRY_MAX_IN_FLIGHT: '4',
        IMS_FERRY_LOCK_MS: '1000',
      });
      const worker = startWithClock(env, wrongMs, thenMs);
      await worker.says('worker started');
      const stamp = Date.parse(/"time":"([^"]+)"/.exec(worker.stderr())?.[1] ?? '');
      expect(Math.abs(stamp - Date.now() - wrongMs)).toBeLessThan(60_000);
      const waiting = submitAll(what, 8, env);
      await until(() => simulator.accepted.length >= 4);
      worker.process.kill('SIGUSR2');
      expectOnce(simulator, 8, await waiting);
      expect(simulator.stats.logins).toBeLessThanOrEqual(2);
    },
  ));

test('a window is not over because a clock has jumped a day ahead', async () => {
  const simulator = await cloud({ duration: 200, createFaults: { dropBefore: 1 } });
  const env = accountEnv(simulator, redis.url, {
    ...SHORT_WINDOW,
    IMS_FERRY_NAMESPACE: 'jumped-ahead',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '60000',
    IMS_FERRY_LOCK_MS: '1000',
  });
  const worker = startWithClock(env, 0, 24 * HOUR_MS);
  await runFerry(['submit', await manifestFile('jumped-ahead', 2)], env);
  await until(() => simulator.stats.posts === 2);
  worker.process.kill('SIGUSR2');
  const lists = () => simulator.stats.calls['list'] ?? 0;
  const before = lists();
  await until(() => lists() >= before + 6);
  expect(simulator.stats.posts).toBe(2);
  expect(createsByMarker(simulator).size).toBe(0);
  expect(doubles(simulator)).toEqual([]);
  worker.process.kill('SIGTERM');
  expect(await worker.exited).toBe(0);
});
