import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { connectionsTried } from '../support/connections-tried.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { behindProxy, expectOnce, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import type { OwnAnswer } from '../support/proxy/answer-faults.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

interface Outage {
  readonly what: string;
  readonly begin: (proxy: FaultProxy) => unknown;
  readonly end: (proxy: FaultProxy) => unknown;
}

const OUTAGES: readonly Outage[] = [
  { what: 'refused', begin: (proxy) => proxy.down(), end: (proxy) => proxy.up() },
  {
    what: 'silent',
    begin: (proxy) => proxy.set({ blackhole: true }),
    end: (proxy) => {
      proxy.resetAll();
      proxy.heal();
    },
  },
];

test('a cloud that is away for a while: the queue is kept, and everything resumes', () =>
  together(OUTAGES, async ({ what, begin, end }) => {
    // Four imports fill the project until the test says that they have ended.
    const simulator = await cloud({ duration: 3_600_000, latencyMs: 50 });
    const proxy = await faultProxy(simulator.url);
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { IMS_FERRY_NAMESPACE: `away-${what}`, IMS_FERRY_MAX_IN_FLIGHT: '4' },
    });
    startFerry(['work'], env);
    const waiting = submitAll(`away-${what}`, 10, env);
    await until(() => simulator.accepted.length >= 3);
    await begin(proxy);
    simulator.set({ duration: 100 });
    simulator.finishAll();
    const tried = connectionsTried(proxy.port);
    await until(() => tried() > 3);
    expect(simulator.accepted.length).toBeLessThan(10);
    await end(proxy);
    expectOnce(simulator, 10, await waiting);
  }));

test('an unknown host: nothing is sent, the reason is shown, and everything waits for the right one', async () => {
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'no-host' });
  const wrong = { IMS_ENDPOINT: 'http://ims.invalid', IMS_FERRY_ALLOW_HTTP: '1' };
  const lost = startFerry(['work'], { ...env, ...wrong });
  const waiting = submitAll('no-host', 2, env);
  await lost.says('image list not read, no create before it is');
  expect(lost.stderr()).toMatch(/ENOTFOUND|EAI_AGAIN/);
  expect(await lost.stop()).toBe(0);
  const iamless = startFerry(['work'], {
    ...env,
    ...wrong,
    IMS_FERRY_NAMESPACE: 'no-iam',
    OS_AUTH_URL: 'http://iam.invalid/v3',
  });
  await iamless.says('Waiting for IAM');
  expect(iamless.stderr()).toContain('iam.invalid');
  expect(await iamless.stop()).toBe(0);
  startFerry(['work'], env);
  expectOnce(simulator, 2, await waiting);
});

test('429 with Retry-After in seconds, as a date, as nonsense or of a year: all wait, capped', () =>
  together(
    [
      { what: 'seconds', value: () => '1', leastMs: 1000, mostMs: 1000 },
      {
        what: 'date',
        value: () => new Date(Date.now() + 60_000).toUTCString(),
        leastMs: 20_000,
        mostMs: 60_000,
      },
      { what: 'nonsense', value: () => 'soon', leastMs: 1000, mostMs: 1000 },
      { what: 'year', value: () => '31536000', leastMs: 600_000, mostMs: 600_000 },
    ],
    async ({ what, value, leastMs, mostMs }) => {
      const simulator = await cloud({ duration: 200 });
      const proxy = await faultProxy(simulator.url);
      const namespace = `retry-after-${what}`;
      const env = behindProxy(simulator, proxy, {
        redisUrl: redis.url,
        env: { IMS_FERRY_NAMESPACE: namespace, IMS_FERRY_SUBMIT_CONCURRENCY: '1' },
      });
      const worker = startFerry(['work'], env);
      await worker.says('worker started');
      const json = { error_code: 'APIGW.0308', error_msg: 'The throttling threshold is reached' };
      const fault: OwnAnswer = { status: 429, headers: { 'retry-after': value() }, json };
      proxy.plan({ fault, method: 'POST', path: /action/, forwarded: false });
      const waiting = submitAll(namespace, 2, env);
      await worker.says('throttled by the cloud, all workers pause');
      const pauseMs = Number(/"pauseMs":(\d+)/.exec(worker.stderr())?.[1]);
      expect(pauseMs).toBeGreaterThanOrEqual(leastMs);
      expect(pauseMs).toBeLessThanOrEqual(mostMs);
      expect(simulator.stats.posts).toBe(0);
      if (mostMs < 5000) expectOnce(simulator, 2, await waiting);
    },
  ));

test('a create that gets 401 is sent once more with a new token', async () => {
  const simulator = await cloud({ duration: 200 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'dead-token', IMS_FERRY_SUBMIT_CONCURRENCY: '1' },
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const json = { error_msg: 'Incorrect IAM authentication information', error_code: 'APIGW.0301' };
  const fault: OwnAnswer = { status: 401, json };
  proxy.plan({ fault, method: 'POST', path: /action/, forwarded: false });
  expectOnce(simulator, 2, await submitAll('dead-token', 2, env));
  expect(proxy.struck()).toBe(1);
  expect(simulator.stats.logins).toBe(2);
});

test('another IMS_FERRY_TOKEN_KEY costs one login and nothing else', async () => {
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, redis.url, {
    ...SHORT_WINDOW,
    IMS_FERRY_NAMESPACE: 'other-key',
  });
  const first = startFerry(['work'], env);
  await first.says('worker started');
  const key = Buffer.alloc(32, 7).toString('base64');
  const second = startFerry(['work'], { ...env, IMS_FERRY_TOKEN_KEY: key });
  await second.says('worker started');
  const file = await manifestFile('other-key', 4);
  expectOnce(simulator, 4, await runFerry(['submit', '--wait', file], env));
  expect(simulator.stats.logins).toBe(2);
});
