import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { Sessions } from '../../src/shared/cloud/session/session.ts';
import { createSessions } from '../../src/shared/cloud/session/sessions.ts';
import { LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { cloudOf, tokenIn } from '../support/cloud-config.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const http = createHttp({ clock: systemClock, allowHttp: false });

afterAll(() => http.close());

async function cloud(tokenLifeMs = 86_400_000): Promise<Simulator> {
  const simulator = await startSimulator({ tokenLifeMs });
  onTestFinished(() => simulator.close());
  return simulator;
}

interface Other {
  readonly clock?: Clock;
  readonly tokenKey?: Buffer | undefined;
  readonly cloud?: Parameters<typeof cloudOf>[1];
}

const KEY = randomBytes(32);

/** What a process of its own would have. */
function fresh(simulator: Simulator, other: Other = {}): Sessions {
  const tokenKey = 'tokenKey' in other ? other.tokenKey : KEY;
  return createSessions({
    http,
    redis: server.client,
    prefix: '{test}:token:',
    clock: other.clock ?? systemClock,
    random: systemRandom,
    log: silentLogger(),
    config: tokenKey === undefined ? {} : { tokenKey },
    cloud: cloudOf(simulator, other.cloud),
  });
}

describe('many processes', () => {
  test('eight cold ones make one login', async () => {
    const simulator = await cloud();
    const all = Array.from({ length: 8 }, () => fresh(simulator));
    const sessions = await Promise.all(all.flatMap((one) => [one.get(), one.get()]));
    expect(new Set(sessions.map(tokenIn)).size).toBe(1);
    expect(simulator.stats.logins).toBe(1);
  });

  test('a token that all of them find dead costs one login more', async () => {
    const simulator = await cloud();
    const all = Array.from({ length: 8 }, () => fresh(simulator));
    const old = await Promise.all(all.map((one) => one.get()));
    simulator.revokeTokens();
    const renewed = await Promise.all(
      all.map(async (one, index) => {
        const session = old[index];
        if (session) await one.invalidate(session);
        return one.get();
      }),
    );
    expect(new Set(renewed.map(tokenIn)).size).toBe(1);
    expect(simulator.stats.logins).toBe(2);
  });

  test('a late 401 of an old token does not remove the newer one', async () => {
    const simulator = await cloud();
    const one = fresh(simulator);
    const slow = fresh(simulator);
    const old = await slow.get();
    await one.invalidate(await one.get());
    const newer = await one.get();
    await slow.invalidate(old);
    expect(tokenIn(await slow.get())).toBe(tokenIn(newer));
    expect(simulator.stats.logins).toBe(2);
  });
});

describe('a login that IAM refuses', () => {
  test('is made once over three processes, and again as soon as it changes', async () => {
    const simulator = await cloud();
    for (const _ of [1, 2, 3]) {
      const wrong = fresh(simulator, { cloud: { password: 'wrong' } });
      await expect(wrong.get()).rejects.toThrow(LoginRefusedError);
    }
    expect(simulator.stats.failedLogins).toBe(1);
    await fresh(simulator).get();
    expect(simulator.stats.logins).toBe(1);
  });
});

describe('time', () => {
  test('a token is renewed ahead at four fifths of its life, and used meanwhile', async () => {
    const simulator = await cloud(10_000);
    const time = { now: 1_000_000 };
    const clock: Clock = { ...systemClock, now: () => time.now };
    const sessions = fresh(simulator, { clock });
    const first = await sessions.get();
    time.now += 7000;
    expect(tokenIn(await sessions.get())).toBe(tokenIn(first));
    time.now += 1300;
    expect(tokenIn(await sessions.get())).toBe(tokenIn(first));
    await until(async () => tokenIn(await sessions.get()) !== tokenIn(first));
    expect(simulator.stats.logins).toBe(2);
  });

  test('a service that refuses every fresh token causes no login storm: it is used on', async () => {
    const simulator = await cloud();
    const sessions = fresh(simulator);
    for (let round = 0; round < 20; round += 1) await sessions.invalidate(await sessions.get());
    expect(simulator.stats.logins).toBe(2);
  });

  test('nor do eight processes that begin one after the other', async () => {
    const simulator = await cloud();
    for (let round = 0; round < 8; round += 1) {
      const sessions = fresh(simulator);
      await sessions.invalidate(await sessions.get());
      await sessions.invalidate(await sessions.get());
    }
    expect(simulator.stats.logins).toBe(2);
  });
});

describe('at rest', () => {
  test('Redis holds neither token nor password in clear', async () => {
    const simulator = await cloud();
    const token = tokenIn(await fresh(simulator, { tokenKey: undefined }).get()) ?? '';
    for (const key of await server.client.keys('*')) {
      const value = await server.client.dump(key);
      const text = `${key} ${value?.toString() ?? ''} ${JSON.stringify(await server.client.type(key))}`;
      expect(text).not.toContain(token.slice(0, 40));
      expect(text).not.toContain(simulator.credentials.password);
    }
  });

  test.each([
    { what: 'another key', harm: async () => undefined, tokenKey: randomBytes(32) },
    {
      what: 'a tampered text',
      harm: async () => {
        for (const key of await server.client.keys('{test}:token:login:*')) {
          await server.client.hset(key, 'sealed', 'v1:AAAA');
        }
      },
      tokenKey: KEY,
    },
  ])('$what is a new login, not a crash', async ({ harm, tokenKey }) => {
    const simulator = await cloud();
    await fresh(simulator).get();
    await harm();
    await fresh(simulator, { tokenKey }).get();
    expect(simulator.stats.logins).toBe(2);
  });
});
