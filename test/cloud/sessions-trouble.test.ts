import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { Sessions } from '../../src/shared/cloud/ims/ims-answers.ts';
import { FreshRefusals } from '../../src/shared/cloud/session/fresh-refusals.ts';
import { createSessions } from '../../src/shared/cloud/session/sessions.ts';
import type { CloudConfig } from '../../src/shared/config/config.ts';
import { CloudError, LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { untilAborted } from '../../src/shared/runtime/waiting.ts';
import { type Simulator, startSimulator } from '../../src/simulator/start-simulator.ts';
import { cloudOf, passwordCloud, tokenIn } from '../support/cloud-config.ts';
import { rawServer } from '../support/raw-server.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const http = createHttp({ clock: systemClock, allowHttp: false });

afterAll(() => http.close());

/** An address of this machine where nothing listens. */
const NOWHERE = 'redis://127.0.0.1:2';
const KEY = randomBytes(32);

async function simulated(): Promise<Simulator> {
  const simulator = await startSimulator({});
  onTestFinished(() => simulator.close());
  return simulator;
}

interface At {
  readonly redis?: Redis;
  readonly clock?: Clock;
  readonly cloud?: Partial<CloudConfig>;
  readonly password?: string;
}

function sessionsOn(authUrl: string, at: At = {}): Sessions {
  return createSessions({
    http,
    redis: at.redis ?? server.client,
    prefix: '{test}:token:',
    clock: at.clock ?? systemClock,
    random: systemRandom,
    log: silentLogger(),
    config: { tokenKey: KEY },
    cloud: passwordCloud(
      {
        username: 'demo',
        password: at.password ?? 'demo-password',
        domain: 'OTC00000000001000000001',
      },
      { project: { name: 'eu-de_demo' }, ...at.cloud, authUrl },
    ),
  });
}

const iamOf = (simulator: Simulator) => `${simulator.url}/v3`;

/** A clock that the test moves; waiting takes no time. */
function movedClock() {
  const time = { now: 1_000_000 };
  const sleep = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { time, clock: { ...systemClock, now: () => time.now, sleep } satisfies Clock };
}

describe('while Redis is away', () => {
  function away(): Redis {
    const lost = new Redis(NOWHERE, { maxRetriesPerRequest: null });
    lost.on('error', () => undefined);
    onTestFinished(() => lost.disconnect());
    return lost;
  }

  test('a process logs in for itself, once for all its callers', async () => {
    const simulator = await simulated();
    const sessions = sessionsOn(iamOf(simulator), { redis: away(), clock: movedClock().clock });
    const all = await Promise.all([sessions.get(), sessions.get(), sessions.get()]);
    expect(new Set(all.map(tokenIn)).size).toBe(1);
    expect(tokenIn(await sessions.get())).toBe(all[0] && tokenIn(all[0]));
    expect(simulator.stats.logins).toBe(1);
  });

  test('it logs in once a minute at most', async () => {
    const simulator = await simulated();
    const { time, clock } = movedClock();
    const sessions = sessionsOn(iamOf(simulator), { redis: away(), clock });
    await sessions.invalidate(await sessions.get());
    await expect(sessions.get()).rejects.toThrow('within the last minute');
    time.now += 60_000;
    await sessions.get();
    expect(simulator.stats.logins).toBe(2);
  });

  test('a login that was refused is not made again for 15 minutes', async () => {
    const simulator = await simulated();
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
    const simulator = await simulated();
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
    const simulator = await simulated();
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
    const simulator = await simulated();
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
    const guard = new FreshRefusals();
    const may = refusals.map(([issuedAt = 0, at = 0]) => guard.mayRenew(issuedAt, at));
    expect(may).toEqual(renews);
  });
});

describe('a login that cannot be made now', () => {
  test('is not held against the account, and frees the lock at once', async () => {
    const iam = await rawServer((_, response) => response.writeHead(503).end());
    const sessions = sessionsOn(`${iam.url}/v3`);
    for (const _ of [1, 2]) await expect(sessions.get()).rejects.toThrow(CloudError);
    expect(iam.seen).toHaveLength(2);
    expect(await server.client.keys('{test}:token:refused:*')).toEqual([]);
    expect(await server.client.keys('{test}:token:lock:*')).toEqual([]);
  });

  test('waits for a process that died with the lock, as long as the lock lives', async () => {
    const simulator = await simulated();
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
    const simulator = await simulated();
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
