import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { spawnFerry, startFerry } from '../support/ferry.ts';
import { behindProxy, expectOnce, imagesOf, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

interface Lateness {
  readonly what: string;
  readonly settings: SimulatorSettings;
}

test('a create that is accepted or listed only later, but within the window, is adopted', () =>
  together<Lateness>(
    [
      {
        what: 'accepted-after-we-gave-up',
        settings: { createFaults: { lateHang: 1, lateMs: 2000 } },
      },
      {
        what: 'accepted-after-the-cut',
        settings: { createFaults: { lateAccept: 1, lateMs: 1500 } },
      },
      { what: 'listed-late', settings: { createFaults: { dropAfter: 1 }, listingDelayMs: 2000 } },
    ],
    async ({ what, settings }) => {
      const simulator = await cloud({ duration: 300, ...settings });
      // All are adopted: only a machine that is slower than the window would see its end.
      const env = accountEnv(simulator, redis.url, {
        ...SHORT_WINDOW,
        IMS_FERRY_NAMESPACE: what,
        IMS_FERRY_UNKNOWN_WINDOW_MS: '60000',
      });
      startFerry(['work'], env);
      expectOnce(simulator, 4, await submitAll(what, 4, env));
      expect(simulator.stats.posts).toBe(4);
    },
  ));

test('a list that lags behind for longer than the window: held, not sent again (hold, auto)', () =>
  together(
    [
      { what: 'lag-hold', policy: 'hold' },
      { what: 'lag-auto', policy: 'auto' },
    ],
    async ({ what, policy }) => {
      const simulator = await cloud({ createFaults: { dropAfter: 1 }, listingDelayMs: 60_000 });
      const env = accountEnv(simulator, redis.url, {
        IMS_FERRY_NAMESPACE: what,
        IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
        IMS_FERRY_UNKNOWN_POLICY: policy,
      });
      startFerry(['work'], env);
      const { code, stderr } = await submitAll(what, 3, env);
      expect(stderr).toContain('3 unknown (3 held)');
      expect(code).toBe(1);
      expect(simulator.stats.posts).toBe(3);
      expect(doubles(simulator)).toEqual([]);
    },
  ));

test('every kind of spoiled answer to a create is unclear, and its image adopted', async () => {
  const simulator = await cloud({ duration: 200 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'spoiled', IMS_FERRY_SUBMIT_CONCURRENCY: '2' },
  });
  const worker = spawnFerry(['work'], env);
  await worker.says('worker started');
  const before = memoryOf(worker.process.pid, 'VmRSS');
  const faults = ['drop', 'reset', 'silence', 'garbage', 'html', 'empty', 'cut'] as const;
  for (const fault of [...faults, 'oversize', 'drip'] as const) {
    proxy.plan({ fault, method: 'POST', path: /cloudimages\/action/ });
  }
  expectOnce(simulator, 9, await submitAll('spoiled', 9, env));
  expect(proxy.struck()).toBe(9);
  expect(simulator.stats.posts).toBe(9);
  expect(worker.stderr().match(/"to":"unknown"/g)).toHaveLength(9);
  expect(memoryOf(worker.process.pid, 'VmHWM') - before).toBeLessThan(90);
});

test('spoiled answers to polls change nothing but the time it takes', async () => {
  const simulator = await cloud({ duration: 500 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'polls' },
  });
  const worker = spawnFerry(['work'], env);
  await worker.says('worker started');
  const before = memoryOf(worker.process.pid, 'VmRSS');
  for (const fault of ['html', 'empty', 'cut', 'garbage', 'oversize', 'oversize'] as const) {
    proxy.plan({ fault, path: /\/jobs\// });
  }
  expectOnce(simulator, 3, await submitAll('polls', 3, env));
  expect(proxy.struck()).toBe(6);
  expect(memoryOf(worker.process.pid, 'VmHWM') - before).toBeLessThan(90);
});

test('a third of all answers is a 5xx: creates become unknown, polls are repeated', async () => {
  const simulator = await cloud({
    duration: 300,
    createFaults: { http500: 0.1, http502: 0.05, http504: 0.05, http502Accepted: 0.1 },
    readFaults: { http500: 0.15, http502: 0.15 },
  });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_NAMESPACE: 'storm',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
  });
  startFerry(['work'], env);
  expectOnce(simulator, 8, await submitAll('storm', 8, env));
});

test('a second SIGTERM ends a worker at once; the create that was under way is looked up', async () => {
  const simulator = await cloud({ duration: 200, createFaults: { hangAccepted: 1 } });
  const names = { IMS_FERRY_NAMESPACE: 'twice-term', IMS_FERRY_LOCK_MS: '1000' };
  const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
  const patient = { ...env, IMS_FERRY_UNKNOWN_WINDOW_MS: '60000' };
  const first = spawnFerry(['work'], { ...patient, IMS_FERRY_POST_TIMEOUT_MS: '20000' });
  const waiting = submitAll('twice-term', 1, env);
  await until(() => simulator.accepted.length === 1);
  first.process.kill('SIGTERM');
  await first.says('worker stopping');
  // One that comes at once is taken for the echo of the first, as npm makes it: it is sent until it counts.
  await until(() => !first.process.kill('SIGTERM'));
  expect(await first.exited).toBe(1);
  startFerry(['work'], env);
  expectOnce(simulator, 1, await waiting);
  expect((await imagesOf('twice-term', env))[0]?.state).toBe('succeeded');
});

/** In MB; nothing where the system has no /proc. */
function memoryOf(pid: number | undefined, what: 'VmRSS' | 'VmHWM'): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s*(\\d+)`, 'm').exec(status)?.[1]) / 1024;
}

test('a 5xx is no answer, whatever its code; still no policy sends without end', async () => {
  const answers = { 'create system': { code: 'IMG.9876', status: 503 } };
  const simulator = await cloud({ answers });
  const env = accountEnv(simulator, redis.url, {
    ...SHORT_WINDOW,
    IMS_FERRY_UNKNOWN_WINDOW_MS: '600',
    IMS_FERRY_POST_TIMEOUT_MS: '200',
    IMS_FERRY_NAMESPACE: 'endless',
  });
  startFerry(['work'], env);
  await submitAll('endless', 1, env);
  expect((await imagesOf('endless', env))[0]?.held).toBe(true);
  expect(simulator.stats.posts).toBe(11);
});
