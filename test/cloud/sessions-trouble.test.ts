import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { newTokenBreaker } from '../../src/shared/cloud/session/login-breakers.ts';
import { createSessions } from '../../src/shared/cloud/session/sessions.ts';
import { CloudError, LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock, untilAborted } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { cloud } from '../support/cloud.ts';
import { cloudOf, tokenIn } from '../support/cloud-config.ts';
import { rawServer } from '../support/raw-server.ts';
import { movedClock, type SessionsAt, testSessions } from '../support/test-sessions.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const http = createHttp({ clock: systemClock, allowHttp: false });

afterAll(() => http.close());

/** An address of this machine where nothing listens. */
const NOWHERE = 'redis://127.0.0.1:2';

const sessionsOn = (authUrl: string, at: SessionsAt = {}) =>
  testSessions(server.client, authUrl, at);
const iamOf = (simulator: Simulator) => `${simulator.url}/v3`;

describe('while Redis is away', () => {
  function away(): Redis {
    const lost = new Redis(NOWHERE, { maxRetriesPerRequest: null });
    lost.on('error', () => undefined);
    onTestFinished(() => lost.disconnect());
    return lost;
  }

  test('a process logs in for itself, once for all its callers', async () => {
    const simulator = await cloud({});
    const sessions = sessionsOn(iamOf(simulator), { redis: away(), clock: movedClock().clock });
    const all = await Promise.all([sessions.get(), sessions.get(), sessions.get()]);
    expect(new Set(all.map(tokenIn)).size).toBe(1);
    expect(tokenIn(await sessions.get())).toBe(all[0] && tokenIn(all[0]));
    expect(simulator.stats.logins).toBe(1);
  });

  test('it logs in once a minute at most', async () => {
    const simulator = await cloud({});
    const { time, clock } = movedClock();
    const sessions = sessionsOn(iamOf(simulator), { redis: away(), clock });
    await sessions.invalidate(await sessions.get());
    await expect(sessions.get()).rejects.toThrow('within the last minute');
    time.now += 60_000;
    await sessions.get();
    expect(simulator.stats.logins).toBe(2);
  });

  test('a login that was refused is not made again for 15 minutes', async () => {
    const simulator = await cloud({});
    const { time, clock } = movedClock();
    const wrong = { redis: away(), clock, password: 'wrong' };
    const sessions = sessionsOn(iamOf(simulator), wrong);
    for (const minutes of [0, 1, 13]) {
      time.now += minutes * 60_000;
      await expect(sessions.get()).rejects.toThrow(LoginRefusedError);
    }
    expect(simulator.stats.failedLogins).toBe(1);
    time.now += 60_000;
    await expect(sessions.get()).rejects.toThrow(LoginRefusedError);
    expect(simulator.stats.failedLogins).toBe(2);
  });

  test('one that comes back in time is used', async () => {
    const simulator = await cloud({});
    await sessionsOn(iamOf(simulator)).get();
    const late = new Redis(server.url, { lazyConnect: true, maxRetriesPerRequest: null });
    onTestFinished(() => late.disconnect());
    // However long the connection takes: the limit of two seconds is never reached.
    const sleep = (_: number, signal?: AbortSignal) => untilAborted(signal ?? AbortSignal.abort());
    const clock = { ...systemClock, sleep };
    await sessionsOn(iamOf(simulator), { redis: late, clock }).get();
    expect(simulator.stats.logins).toBe(1);
  });
});

describe('a token that was found dead', () => {
  test('is not taken from Redis again, although Redis still holds it', async () => {
    const simulator = await cloud({});
    const sessions = sessionsOn(iamOf(simulator));
    const dead = await sessions.get();
    const names = await server.client.keys('{test}:token:login:*');
    const kept = await Promise.all(names.map((name) => server.client.hgetall(name)));
    await sessions.invalidate(dead);
    await Promise.all(names.map((name, at) => server.client.hset(name, kept[at] ?? {})));
    expect(tokenIn(await sessions.get())).not.toBe(tokenIn(dead));
    expect(simulator.stats.logins).toBe(2);
  });

  test('twice within a minute of its login: no more than one login a minute', async () => {
    const simulator = await cloud({});
    const { time, clock } = movedClock();
    const sessions = sessionsOn(iamOf(simulator), { clock });
    for (let second = 0; second < 600; second += 1) {
      time.now += 1000;
      await sessions.get().then(
        (session) => sessions.invalidate(session),
        (error: unknown) => expect(error).toBeInstanceOf(CloudError),
      );
    }
    expect(simulator.stats.logins).toBeLessThanOrEqual(11);
    expect(simulator.stats.logins).toBeGreaterThan(5);
  });

  test.each([
    { what: 'the first', refusals: [[0, 10]], renews: [true] },
    {
      what: 'a second one soon after',
      refusals: [
        [0, 10],
        [10, 20],
      ],
      renews: [true, false],
    },
    {
      what: 'one that has grown a minute old, and the next',
      refusals: [
        [0, 10],
        [10, 60_010],
        [60_010, 60_020],
      ],
      renews: [true, true, false],
    },
    {
      what: 'a second one an hour later',
      refusals: [
        [0, 10],
        [3_600_000, 3_600_010],
      ],
      renews: [true, true],
    },
  ])('$what: may be renewed: $renews', ({ refusals, renews }) => {
    const mayRenew = newTokenBreaker();
    const may = refusals.map(([issuedAt = 0, at = 0]) => mayRenew(issuedAt, at));
    expect(may).toEqual(renews);
  });
});

describe('a login that cannot be made now', () => {
  test('is not held against the account, and frees the lock at once', async () => {
    const iam = await rawServer((_, response) => response.writeHead(503).end());
    const { time, clock } = movedClock();
    const sessions = sessionsOn(`${iam.url}/v3`, { clock });
    for (const _ of [1, 2]) {
      await expect(sessions.get()).rejects.toThrow(CloudError);
      time.now += 1000;
    }
    expect(iam.seen).toHaveLength(2);
    expect(await server.client.keys('{test}:token:refused:*')).toEqual([]);
    expect(await server.client.keys('{test}:token:lock:*')).toEqual([]);
  });

  test('is repeated after pauses that grow to half a minute, however often it is requested', async () => {
    let status = 503;
    const iam = await rawServer((_, response) => response.writeHead(status).end());
    const { time, clock } = movedClock();
    const sessions = sessionsOn(`${iam.url}/v3`, { clock });
    const asked: number[] = [];
    const start = time.now;
    for (; time.now < start + 120_000; time.now += 100) {
      const before = iam.seen.length;
      await expect(sessions.get()).rejects.toThrow('IAM');
      if (iam.seen.length > before) asked.push(time.now - start);
      status = status === 503 ? 429 : 503;
    }
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(gaps).toEqual([800, 1600, 3200, 6400, 12_800, 24_000, 24_000, 24_000]);
  });

  test('for a token that is still good is tried with the same pauses', async () => {
    const simulator = await cloud({});
    const { time, clock } = movedClock();
    const sessions = sessionsOn(iamOf(simulator), { clock });
    const good = await sessions.get();
    await simulator.close();
    // It is due for renewal from then on.
    time.now += 86_400_000 * 0.85;
    const rejected: unknown[] = [];
    const renew = (error: unknown) => rejected.push(error);
    for (let calls = 0; calls < 200; calls += 1) {
      expect(await sessions.get().catch(renew)).toBe(good);
      await new Promise((resolve) => setTimeout(resolve, 1));
      time.now += 10;
    }
    expect(rejected).toEqual([]);
  });

  test('waits for a process that died with the lock, as long as the lock lives', async () => {
    const simulator = await cloud({});
    await sessionsOn(iamOf(simulator)).get();
    const [name = ''] = await server.client.keys('{test}:token:login:*');
    await server.client.del(name);
    const lock = name.replace(':login:', ':lock:');
    await server.client.set(lock, 'a process that died');
    let tries = 0;
    // Its lock ends while the other one waits for the third time.
    const sleep = async (): Promise<void> => {
      tries += 1;
      expect(simulator.stats.logins).toBe(1);
      if (tries === 3) await server.client.del(lock);
    };
    await sessionsOn(iamOf(simulator), { clock: { ...systemClock, sleep } }).get();
    expect(tries).toBe(3);
    expect(simulator.stats.logins).toBe(2);
  });

  test('an error of Redis at the start is not remembered for ever', async () => {
    const simulator = await cloud({});
    const own = new Redis(server.url);
    onTestFinished(() => own.disconnect());
    await own.ping();
    const sessions = createSessions({
      http,
      redis: own,
      prefix: '{test}:token:',
      clock: systemClock,
      random: systemRandom,
      log: silentLogger(),
      config: {},
      cloud: cloudOf(simulator),
    });
    await server.client.hset('{test}:token:salt', 'not', 'a string');
    await expect(sessions.get()).rejects.toThrow('WRONGTYPE');
    await server.client.del('{test}:token:salt');
    expect((await sessions.get()).projectId).not.toBe('');
  });
});
