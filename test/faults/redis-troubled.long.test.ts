import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { connectionsTried } from '../support/connections-tried.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { type Ferry, startFerry } from '../support/ferry.ts';
import { expectOnce, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import { type OwnRedis, ownRedis } from '../support/own-redis.ts';
import { needing } from '../support/programs.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';

const IMAGES = 6;
const FEW = { ...SHORT_WINDOW, IMS_FERRY_MAX_IN_FLIGHT: '2' };

function linesOf(ferry: Ferry): number {
  return ferry.stderr().split('\n').length;
}

function countInLog(ferry: Ferry, text: string): number {
  return ferry.stderr().split(text).length - 1;
}

/** Not one POST while writes fail: whoever sent one could not have written its intent. */
async function nothingIsSent(simulator: Simulator, worker: Ferry): Promise<void> {
  const failed = 'maintenance cycle failed';
  const before = countInLog(worker, failed);
  await until(() => countInLog(worker, failed) > before);
  const sent = simulator.stats.posts;
  await until(() => countInLog(worker, failed) > before + 3);
  expect(simulator.stats.posts).toBe(sent);
  expect(sent).toBeLessThan(IMAGES);
}

test(
  'a Redis that is killed and comes back with its file: one line at most, then everything resumes',
  needing('redis-server'),
  async () => {
    const simulator = await cloud({ duration: 400, latencyMs: 50 });
    const redis = await ownRedis();
    const env = accountEnv(simulator, redis.url, FEW);
    // A way of its own to the same server: what is tried on it was tried by the worker.
    const way = await faultProxy(redis.url);
    const worker = startFerry(['work'], { ...env, REDIS_URL: `redis://${way.host}` });
    const waiting = submitAll('killed', IMAGES, env);
    await until(() => simulator.accepted.length >= 3);
    await redis.kill();
    const lines = linesOf(worker);
    const tried = connectionsTried(way.port);
    await way.down();
    await until(() => tried() > 8);
    expect(linesOf(worker) - lines).toBeLessThanOrEqual(2);
    await redis.start();
    await way.up();
    expectOnce(simulator, IMAGES, await waiting);
  },
);

interface Refusal {
  readonly what: string;
  readonly harm: (redis: OwnRedis) => Promise<unknown>;
  readonly fix: (redis: OwnRedis) => Promise<unknown>;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'READONLY',
    harm: ({ client }) => client.replicaof('127.0.0.1', 1),
    fix: ({ client }) => client.replicaof('NO', 'ONE'),
  },
  {
    what: 'OOM',
    harm: ({ client }) => client.config('SET', 'maxmemory', '1mb'),
    fix: ({ client }) => client.config('SET', 'maxmemory', '0'),
  },
  {
    what: 'MISCONF',
    harm: async ({ client, folder }) => {
      await client.config('SET', 'save', '3600 1');
      await rm(folder, { recursive: true });
      await client.bgsave();
    },
    fix: ({ client }) => client.config('SET', 'stop-writes-on-bgsave-error', 'no'),
  },
];

test(
  'a Redis that refuses writes (replica, memory, disk): no POST without an intent, then everything resumes',
  needing('redis-server'),
  () =>
    together(REFUSALS, async ({ what, harm, fix }) => {
      const simulator = await cloud({ duration: 300, latencyMs: 50 });
      const redis = await ownRedis();
      const env = accountEnv(simulator, redis.url, { ...FEW, IMS_FERRY_LOCK_MS: '1000' });
      const worker = startFerry(['work'], env);
      const waiting = submitAll('refused', IMAGES, env);
      await until(() => simulator.accepted.length >= 3);
      await harm(redis);
      await nothingIsSent(simulator, worker);
      expect(worker.stderr()).toContain(what);
      await fix(redis);
      expectOnce(simulator, IMAGES, await waiting);
    }),
);
