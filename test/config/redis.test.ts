import { createServer, type Server } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { waitingFor } from '../../src/cli/open/open-ledger.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { safeRedisUrl } from '../../src/shared/config/redis-config.ts';
import { RedisError } from '../../src/shared/errors/errors.ts';
import { checkRedis } from '../../src/shared/redis/check-redis.ts';
import { type ConnectOptions, connectRedis } from '../../src/shared/redis/connect.ts';
import type { RedisConnection } from '../../src/shared/redis/redis-connection.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { startTestRedis, type TestRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: TestRedis;
let admin: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

/** An address of this machine where nothing listens. */
const NOWHERE = 'redis://me:canary@127.0.0.1:2';

function options(more: Partial<ConnectOptions> = {}): ConnectOptions {
  // Long enough for a busy machine to hear that nothing listens.
  const base = { connectTimeoutMs: 1500, wait: false, onWaiting: () => undefined };
  return { clock: systemClock, ...base, ...more };
}

function connected(url: string, more: Partial<ConnectOptions> = {}): Promise<RedisConnection> {
  return connectRedis(url, options(more)).then((redis) => {
    onTestFinished(() => redis.disconnect());
    return redis;
  });
}

async function listen(silent: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return `redis://127.0.0.1:${address.port}`;
}

/** Accepts and never says anything, as a frozen Redis does. */
async function frozen(): Promise<string> {
  const silent = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  onTestFinished(() => void silent.close());
  return listen(silent);
}

describe('connecting', () => {
  test('gives a connection that answers', async () => {
    const redis = await connected(server.url, { connectTimeoutMs: 10_000 });
    expect(await redis.ping()).toBe('PONG');
  });

  test('gives up where nothing listens, without telling the password', async () => {
    const error = await connected(NOWHERE).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RedisError);
    expect(String(error)).toContain('redis://127.0.0.1:2 cannot be reached: nothing listens there');
    expect(JSON.stringify([String(error), error])).not.toContain('canary');
  });

  test('gives up on a port that accepts and never answers', async () => {
    await expect(connected(await frozen(), { connectTimeoutMs: 300 })).rejects.toThrow('no answer');
  });

  test('says what it waits for, and for how long, before it gives up', async () => {
    const lines: string[] = [];
    const onWaiting = (line: string) => lines.push(line);
    // The first silence ends when the error is known.
    const clock = { ...systemClock, sleep: () => systemClock.sleep(200) };
    const limits = { connectTimeoutMs: 60_000, patienceMs: 3000 };
    const waiting = connected(NOWHERE, { ...limits, clock, onWaiting });
    await expect(waiting).rejects.toThrow('nothing listens there');
    expect(lines).toEqual([
      'Waiting for Redis at redis://127.0.0.1:2, for up to 3 s: nothing listens there',
    ]);
  });

  test.each([
    { set: undefined, terminal: true, ms: 3000 },
    { set: undefined, terminal: false, ms: 10_000 },
    { set: '20000', terminal: true, ms: 20_000 },
    { set: '500', terminal: true, ms: 500 },
  ])('a person at a terminal waits less than a script: $set, $terminal', (row) => {
    const env = { IMS_FERRY_CONNECT_TIMEOUT_MS: row.set };
    const { patienceMs, advice } = waitingFor(loadConfig(env), { terminal: row.terminal, env });
    expect(patienceMs).toBe(row.ms);
    expect(advice).toContain('no `ims-ferry up`');
  });

  test('says that something else answers', async () => {
    const web = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    onTestFinished(() => void web.close());
    await expect(connected(await listen(web))).rejects.toThrow('what answers there is no Redis');
  });

  test.each([
    { what: 'nothing listens', where: async () => NOWHERE, says: 'nothing listens there' },
    { what: 'nobody answers', where: frozen, says: 'no answer' },
  ])('waits for ever with one line: $what', async ({ what, where, says }) => {
    const lines: string[] = [];
    const stop = new AbortController();
    // Time does not move. Each sleep is a silence after which there would be a line; where an error is
    // to come, the first one lasts until it has come.
    let silences = 0;
    const sleep = async (_: number, signal?: AbortSignal): Promise<void> => {
      if (what === 'nothing listens') await until(() => lines.length > 0);
      silences += 1;
      await systemClock.sleep(1, signal);
    };
    const clock = { ...systemClock, monotonic: () => 0, sleep };
    const wanted = { wait: true, clock, onWaiting: (line: string) => lines.push(line) };
    const waiting = connected(await where(), { ...wanted, signal: stop.signal });
    waiting.catch(() => undefined);
    await until(() => lines.length > 0 && silences > 5);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(says);
    expect(lines[0]).not.toContain('canary');
    stop.abort();
    await expect(waiting).rejects.toThrow(RedisError);
  });

  test('says it again after a minute', async () => {
    const lines: string[] = [];
    const stop = new AbortController();
    let minutes = 0;
    const clock = { ...systemClock, monotonic: () => 60_000 * minutes };
    const wanted = { wait: true, clock, onWaiting: (line: string) => lines.push(line) };
    const waiting = connected(NOWHERE, { ...wanted, signal: stop.signal });
    waiting.catch(() => undefined);
    await until(() => lines.length === 1);
    minutes = 1;
    await until(() => lines.length === 2);
    stop.abort();
    await expect(waiting).rejects.toThrow(RedisError);
  });

  test('a wrong password is reported at once, also while waiting', async () => {
    await admin.call('ACL', 'SETUSER', 'guest', 'on', '>right', '~*', '+@all');
    const wrong = server.url.replace('redis://', 'redis://guest:canary@');
    // Several times: the ping and the connection hear of it in either order.
    for (let round = 0; round < 20; round += 1) {
      const attempt = connected(wrong, { wait: true, connectTimeoutMs: 60_000 });
      const error = await attempt.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RedisError);
      expect(String(error)).toContain('refuses the login');
      expect(String(error)).not.toContain('canary');
    }
  });

  test.each([
    { url: 'redis://me:canary@host:6379/2', safe: 'redis://host:6379/2' },
    { url: 'rediss://host', safe: 'rediss://host' },
  ])('$url is shown as $safe', ({ url, safe }) => {
    expect(safeRedisUrl(url)).toBe(safe);
  });
});

describe('what Redis must be', () => {
  afterEach(async () => {
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.call('REPLICAOF', 'NO', 'ONE');
  });

  test('one that keeps everything is fine', async () => {
    expect(await checkRedis(admin)).toEqual([]);
  });

  test.each(['allkeys-lru', 'volatile-ttl'])('%s is refused, with advice', async (policy) => {
    await admin.config('SET', 'maxmemory-policy', policy);
    const error = await checkRedis(admin).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RedisError);
    expect(error).toMatchObject({ message: expect.stringContaining(policy) });
    expect(error).toMatchObject({ advice: expect.stringContaining('noeviction') });
  });

  test('a replica is refused', async () => {
    await admin.call('REPLICAOF', '127.0.0.1', '2');
    await expect(checkRedis(admin)).rejects.toThrow('read-only replica');
  });

  test('one without an append-only file is warned of', async () => {
    const own = await startTestRedis();
    onTestFinished(() => own.stop());
    const redis = await connected(own.url);
    await redis.config('SET', 'appendonly', 'no');
    expect(await checkRedis(redis)).toEqual([expect.stringContaining('append-only file')]);
  });

  test('one that does not heed SIGTERM is ended all the same', async () => {
    const own = await startTestRedis();
    let rest = (): Promise<void> => own.stop();
    onTestFinished(() => rest());
    const redis = await connected(own.url);
    await redis.config('SET', 'appendonly', 'no');
    await redis.config('SET', 'appendonly', 'yes');
    await own.stop();
    rest = async () => undefined;
    await expect(connected(own.url)).rejects.toThrow('nothing listens there');
  });

  test.each([
    { what: 'CONFIG', rules: ['+@all', '-config'], says: 'maxmemory-policy allkeys-lru' },
    { what: 'CONFIG and INFO', rules: ['+@all', '-config', '-info'], says: undefined },
  ])('forbidding $what does not stop it', async ({ rules, says }) => {
    await admin.call('ACL', 'SETUSER', 'managed', 'reset', 'on', '>pw', '~*', ...rules);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const redis = await connected(server.url.replace('redis://', 'redis://managed:pw@'));
    const answer = await checkRedis(redis).catch((reason: unknown) => String(reason));
    if (says === undefined) expect(answer).toEqual([expect.stringContaining('were not checked')]);
    else expect(answer).toContain(says);
  });
});
