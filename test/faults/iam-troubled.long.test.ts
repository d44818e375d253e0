import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CloudError, LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { waitForLogin } from '../../src/worker/start-worker.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { behindProxy, expectOnce, PATIENT, submitAll } from '../support/one-run.ts';
import type { AnswerFault } from '../support/proxy/answer-faults.ts';
import { rawServer } from '../support/raw-server.ts';
import { together } from '../support/together.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

interface FaultCase {
  readonly what: string;
  readonly fault: AnswerFault;
}

const BUSY = { error_code: 'IAM.0012', error_msg: 'throttled' };
const FAULTS: readonly FaultCase[] = [
  {
    what: '500',
    fault: { status: 500, json: { error_code: 'IAM.0006', error_msg: 'unexpected' } },
  },
  { what: '502', fault: { status: 502, page: '<title>502 Bad Gateway</title>' } },
  { what: '429', fault: { status: 429, json: BUSY } },
  { what: '401-page', fault: { status: 401, page: '<title>Sign in</title>' } },
  { what: '403-page', fault: { status: 403, page: '<title>Blocked</title>' } },
  { what: '404-page', fault: { status: 404, page: '<title>Not Found</title>' } },
  { what: '407-page', fault: { status: 407, page: '<title>Proxy login</title>' } },
  { what: '401-json', fault: { status: 401, json: { message: 'Unauthorized' } } },
  { what: 'no-token', fault: { status: 201, json: { token: {} } } },
  {
    what: 'nonsense',
    fault: { status: 201, headers: { 'x-subject-token': 'MII' }, json: { token: 'yes' } },
  },
  { what: 'redirect', fault: { status: 302, headers: { location: 'http://127.0.0.1:9/' } } },
  { what: 'html', fault: 'html' },
  { what: 'empty', fault: 'empty' },
  { what: 'garbage', fault: 'garbage' },
  { what: 'drop', fault: 'drop' },
  { what: 'reset', fault: 'reset' },
];

test('work waits for an IAM that is in trouble when it starts, with one line, and resumes', () =>
  together(FAULTS, async ({ what, fault }) => {
    const simulator = await cloud({ duration: 100 });
    const proxy = await faultProxy(simulator.url);
    const names = { IMS_FERRY_NAMESPACE: `iam-${what}` };
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { ...PATIENT, ...names },
    });
    proxy.plan({ fault, path: /auth\/tokens/, count: 2, forwarded: false });
    const worker = startFerry(['work'], env);
    await worker.says('Waiting for IAM');
    await worker.says('worker started');
    expect(worker.stderr().match(/Waiting for IAM/g), what).toHaveLength(1);
    expect(simulator.stats.logins).toBe(1);
    expectOnce(simulator, 1, await submitAll(`iam-${what}`, 1, env));
    expect(await worker.stop()).toBe(0);
  }));

test('work waits for an IAM where nothing listens, and ends with 0 on a signal', async () => {
  const simulator = await cloud({ duration: 100 });
  const proxy = await faultProxy(simulator.url);
  const names = { IMS_FERRY_NAMESPACE: 'iam-refused' };
  const env = behindProxy(simulator, proxy, { redisUrl: redis.url, env: { ...PATIENT, ...names } });
  await proxy.down();
  const first = startFerry(['work'], env);
  await first.says('Waiting for IAM');
  expect(first.stderr()).toContain('nothing listens there');
  expect(await first.stop()).toBe(0);
  const second = startFerry(['work'], env);
  await second.says('Waiting for IAM');
  await proxy.up();
  await second.says('worker started');
  expect(await second.stop()).toBe(0);
});

test('work that waits for an answer of IAM ends at once on a signal', async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  const iam = await rawServer((_, response) => asked.resolve(response));
  const simulator = await cloud({});
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_NAMESPACE: 'iam-silent',
    OS_AUTH_URL: `${iam.url}/v3`,
  });
  const worker = startFerry(['work'], env);
  await asked.promise;
  expect(await worker.stop()).toBe(0);
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ims-ferry-iam-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('up', () => {
  const upOn = async (env: FerryEnv) => startFerry(['up', await folder(), '--port', '0'], env);

  test('waits for IAM as work does; the dashboard is there meanwhile', async () => {
    const simulator = await cloud({ duration: 100 });
    const proxy = await faultProxy(simulator.url);
    const names = { IMS_FERRY_NAMESPACE: 'iam-up' };
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { ...PATIENT, ...names },
    });
    const fault = { status: 503, page: '<title>Maintenance</title>' };
    proxy.plan({ fault, path: /auth\/tokens/, count: 1000, forwarded: false });
    const ferry = await upOn(env);
    await ferry.says('Waiting for IAM');
    const [, url = ''] = /Dashboard: (\S+)/.exec(ferry.stderr()) ?? [];
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    proxy.heal();
    expectOnce(simulator, 1, await submitAll('iam-up', 1, env));
    expect(await ferry.stop()).toBe(0);
  });

  test('ends with 0 on a signal while it waits, and with 3 when IAM refuses the login', async () => {
    const simulator = await cloud({});
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'iam-up-ends' });
    const waiting = await upOn({ ...env, OS_AUTH_URL: 'http://127.0.0.1:2/v3' });
    await waiting.says('Waiting for IAM');
    expect(await waiting.stop()).toBe(0);
    const refused = await upOn({ ...env, OS_PASSWORD: 'not-it' });
    expect(await refused.exited).toBe(3);
    expect(refused.stderr()).toContain('IAM refuses the login of demo');
  });
});

test('a catalog without IMS is no trouble of IAM: work ends with 3 and names the setting', async () => {
  const simulator = await cloud({ catalog: 'noImage' });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'iam-no-ims' });
  const { code, stderr } = await runFerry(['work'], env);
  expect(code).toBe(3);
  expect(stderr).toContain('IMS_ENDPOINT');
});

describe('the pauses while it waits', () => {
  async function pausesUntil(errors: readonly Error[]): Promise<readonly number[]> {
    const pauses: number[] = [];
    const left = [...errors];
    const session = { fingerprint: 'f', projectId: 'p', imsEndpoint: 'x', expiresAt: 0 };
    const sessions = {
      get: async () => {
        const error = left.shift();
        if (error) throw error;
        return { ...session, authorize: () => ({}) };
      },
      invalidate: async () => undefined,
    };
    const clock = {
      ...systemClock,
      offsetMs: 0,
      measure: async () => true,
      sleep: async (ms: number) => void pauses.push(ms),
    };
    const patience = { stop: new AbortController().signal, onWaiting: () => undefined };
    await waitForLogin({ sessions, clock, random: seededRandom(1) }, patience);
    return pauses;
  }

  test('grow, and stay below a minute', async () => {
    const away = Array.from({ length: 20 }, () => new CloudError('IAM', 'away'));
    const pauses = await pausesUntil(away);
    expect(pauses).toHaveLength(20);
    expect(pauses[0]).toBeLessThan(2000);
    expect(pauses[4]).toBeGreaterThan(10_000);
    expect(Math.max(...pauses)).toBeLessThan(40_000);
  });

  test('end with a login that is refused', async () => {
    await expect(
      pausesUntil([new CloudError('IAM', 'away'), new LoginRefusedError('no')]),
    ).rejects.toThrow(LoginRefusedError);
  });
});
