import { expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { submitAll } from '../support/one-run.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { waitAofProxy } from '../support/waitaof-proxy.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

test('no create leaves before Redis has its intent on disk; a time-out means not sent, and status gives advice', async () => {
  const proxy = await waitAofProxy(redis.url);
  proxy.isOnDisk = false;
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, proxy.url);
  const worker = startFerry(['work'], env);
  const waiting = submitAll('on-disk', 3, env);
  await until(() => proxy.asked >= 3);
  await worker.says('NOT_ON_DISK');
  const { stdout } = await runFerry(['status', 'on-disk'], env);
  expect(stdout).toContain('run: redis-cli config set appendfsync always');
  expect(simulator.stats.posts).toBe(0);
  proxy.isOnDisk = true;
  const { code, stderr } = await waiting;
  expect(code).toBe(0);
  expect(stderr).toContain('No create: NOT_ON_DISK');
  expect(simulator.accepted).toHaveLength(3);
  expect(simulator.stats.posts).toBe(3);
  expect(doubles(simulator)).toEqual([]);
});

test('a connection that broke after the intent was written confirms nothing', async () => {
  const proxy = await waitAofProxy(redis.url);
  const { Redis } = await import('ioredis');
  const { Intents } = await import('../../src/worker/intents.ts');
  const found = await workerDeps(redis, {});
  const client = new Redis(proxy.url);
  const intents = new Intents({
    redis: client,
    connect: async () => client.duplicate(),
    clock: found.clock,
    log: found.log,
    keyOf: () => 'key',
  });
  await intents.check();
  const entry = {} as Parameters<Awaited<ReturnType<typeof intents.writer>>['confirm']>[0];
  const whole = await intents.writer();
  await whole.connection?.set('key', '1');
  expect(await whole.confirm(entry, 5000)).toBe(true);
  const broken = await intents.writer();
  await broken.connection?.set('key', '2');
  const again = new Promise((resolve) => broken.connection?.once('ready', resolve));
  broken.connection?.disconnect(true);
  await again;
  expect(await broken.confirm(entry, 5000)).toBe(false);
  const asked = await intents.writer();
  await asked.connection?.set('key', '3');
  proxy.breaksNext = true;
  expect(await asked.confirm(entry, 5000)).toBe(false);
  expect(proxy.breaksNext).toBe(false);
  intents.close();
  client.disconnect();
  await found.queues.close();
});
