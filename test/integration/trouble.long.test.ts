import { describe, expect, onTestFinished, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { ownRedis } from '../support/own-redis.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

/** An address of this machine where nothing listens. */
const NOWHERE = 'redis://127.0.0.1:2';

describe('login', () => {
  test('a wrong password costs one login over three restarts; exit code 3, one message', async () => {
    const simulator = await cloud({});
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'wrong-password',
      OS_PASSWORD: 'not-it',
    });
    for (const _ of [1, 2, 3]) {
      const { code, stderr } = await runFerry(['work'], env);
      expect(code).toBe(3);
      expect(stderr).toContain('IAM refuses the login of demo');
      expect(stderr).not.toContain('not-it');
      expect(stderr).not.toMatch(/^ +at /m);
    }
    expect(simulator.stats.failedLogins).toBe(1);
  });

  test('without a login submit explains why it waits; the next worker that can log in resumes', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'no-login' });
    expect((await runFerry(['work'], { ...env, OS_PASSWORD: 'not-it' })).code).toBe(3);
    const file = await manifestFile('no-login', 2);
    const waiting = await runFerry(['submit', '--wait', file], env);
    expect(waiting.code).toBe(3);
    expect(waiting.stderr).toContain('Stopped: LOGIN_REFUSED: IAM refuses the login of demo');
    const worker = startFerry(['work'], env);
    await worker.says('the login works again');
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    // One host with a wrong password stops nobody but itself.
    expect((await runFerry(['work'], { ...env, OS_PASSWORD: 'wrong-too' })).code).toBe(3);
    const more = await manifestFile('continues', 1);
    expect((await runFerry(['submit', '--wait', more], env)).code).toBe(0);
  });

  test('a token that is revoked half-way costs one more login', async () => {
    const simulator = await cloud({ duration: 800 });
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'revoked',
      IMS_FERRY_MAX_IN_FLIGHT: '5',
    });
    startFerry(['work'], env);
    startFerry(['work'], env);
    const waiting = runFerry(['submit', '--wait', await manifestFile('revoked', 15)], env);
    await until(() => simulator.accepted.length >= 6);
    simulator.revokeTokens();
    const { code, stderr } = await waiting;
    expect(stderr).toContain('15/15 done (15 succeeded)');
    expect(code).toBe(0);
    expect(simulator.stats.logins).toBe(2);
    expect(doubles(simulator)).toEqual([]);
  });

  test('missing settings are named all at once; exit code 2', async () => {
    const { code, stderr } = await runFerry(['work'], { REDIS_URL: NOWHERE });
    expect(code).toBe(2);
    for (const name of ['OS_AUTH_URL', 'OS_USERNAME', 'OS_PASSWORD', 'OS_PROJECT_NAME']) {
      expect(stderr).toContain(`${name}`);
    }
  });
});

describe('Redis', () => {
  test('submit and status give up with 3 after the connect time-out', async () => {
    const env = { REDIS_URL: NOWHERE, IMS_FERRY_CONNECT_TIMEOUT_MS: '400' };
    const file = await manifestFile('nowhere', 1);
    for (const args of [['submit', file], ['status']]) {
      const { code, stderr } = await runFerry(args, env);
      expect(code).toBe(3);
      expect(stderr).toContain('Redis at redis://127.0.0.1:2 cannot be reached');
    }
  });

  test('work waits for it with one line, resumes when it is back, and ends with 0', async () => {
    const simulator = await cloud({ duration: 100 });
    // A port that no other program can take meanwhile, and no Redis behind it.
    const way = await faultProxy(NOWHERE);
    way.set({ resetAfterBytes: 0 });
    const env = accountEnv(simulator, `redis://${way.host}`, {});
    const worker = startFerry(['work'], env);
    await worker.says('Waiting for Redis');
    const server = await startTestRedis();
    onTestFinished(() => server.stop());
    way.heal();
    way.moveTo(server.url);
    await worker.says('worker started');
    expect(worker.stderr().match(/Waiting for Redis/g)).toHaveLength(1);
    const { code } = await runFerry(['submit', '--wait', await manifestFile('late', 2)], env);
    expect(code).toBe(0);
    expect(await worker.stop()).toBe(0);
  });

  test('one that may evict is refused', async () => {
    const server = await ownRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const env = { REDIS_URL: server.url };
    const submit = ['submit', '--no-check', await manifestFile('refused', 1)];
    const { code, stderr } = await runFerry(submit, env);
    expect(code).toBe(3);
    expect(stderr).toContain('maxmemory-policy allkeys-lru');
  });
});

describe('SIGTERM', () => {
  test('ends a worker whose create gets no answer; the image is looked up by another', async () => {
    const simulator = await cloud({ duration: 100, createFaults: { hang: 1 } });
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'hanging',
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    });
    const first = spawnFerry(['work'], { ...env, IMS_FERRY_UNKNOWN_WINDOW_MS: '60000' });
    const waiting = runFerry(['submit', '--wait', await manifestFile('hanging', 1)], env);
    await until(() => simulator.stats.posts === 1);
    first.process.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(first.stderr()).toContain('worker did not close in time');
    simulator.set({ createFaults: { hang: 0 } });
    startFerry(['work'], env);
    expect((await waiting).code).toBe(0);
    expect(simulator.accepted).toHaveLength(1);
  });

  test('ends a worker that waits for Redis', async () => {
    const simulator = await cloud({});
    const worker = startFerry(['work'], accountEnv(simulator, NOWHERE));
    await worker.says('Waiting for Redis');
    expect(await worker.stop()).toBe(0);
  });

  test('ends a worker with 30 images in flight; another resumes every one', async () => {
    const simulator = await cloud({ duration: 3_600_000 });
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'sigterm',
      IMS_FERRY_MAX_IN_FLIGHT: '30',
    });
    const first = spawnFerry(['work'], env);
    const waiting = runFerry(['submit', '--wait', await manifestFile('sigterm', 40)], env);
    await until(() => simulator.accepted.length >= 30);
    first.process.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(simulator.accepted).toHaveLength(30);

    simulator.set({ duration: 100 });
    simulator.finishAll();
    startFerry(['work'], env);
    const { code, stderr } = await waiting;
    expect(stderr).toContain('40/40 done (40 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(40);
    expect(doubles(simulator)).toEqual([]);
  });
});
