/** Counts, not times: what an image may cost Redis, IAM and IMS at most. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeOrders } from '../../scripts/soak/orders.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';
import { finishImages } from './finish-images.ts';
import { pollRun } from './poll-run.ts';

const redis = useRedis({ emptied: true });

/** Calls of the cloud by two workers that import this many images, each done at its first poll. */
async function callsFor(images: number): Promise<Readonly<Record<string, number>>> {
  const simulator = await cloud({ durationMs: 0, taskLimit: 100_000 });
  const flatOut: FerryEnv = {
    IMS_FERRY_NAMESPACE: `calls-${images}`,
    IMS_FERRY_MAX_IN_FLIGHT: '1000',
    IMS_FERRY_SUBMIT_CONCURRENCY: '50',
    IMS_FERRY_POLL_INITIAL_MS: '10',
    IMS_FERRY_POLL_MIN_MS: '10',
    IMS_FERRY_UNKNOWN_POLICY: 'hold',
  };
  const env = accountEnv(simulator, redis.url, flatOut);
  const file = await manifestFile(`calls-${images}`, images);
  expect((await runFerry(['submit', '--no-check', file], env)).code).toBe(0);
  const workers = [startFerry(['work'], env), startFerry(['work'], env)];
  expect((await runFerry(['submit', '--no-check', '--wait', file], env)).code).toBe(0);
  const calls = { ...simulator.stats.calls };
  for (const worker of workers) await worker.stop();
  return calls;
}

test('an image that is done at its first poll costs a create, a job read and an image read', async () => {
  const images = 400;
  const [idle, busy] = [await callsFor(1), await callsFor(images)];
  const perImage = (name: string): number => ((busy[name] ?? 0) - (idle[name] ?? 0)) / (images - 1);
  expect(busy['create system']).toBe(images);
  expect(perImage('job')).toBeLessThan(1.2);
  // Images are read by the list, with their id.
  expect(perImage('list')).toBeLessThan(1.2);
  expect(perImage('image')).toBeLessThan(0.05);
});

test('four workers that start at once over an empty Redis log in once', async () => {
  // A slow answer of IAM: time enough for the others to need a login, too.
  const simulator = await cloud({ latencyMs: 2500 });
  const env = accountEnv(simulator, redis.url);
  const workers = Array.from({ length: 4 }, () => startFerry(['work'], env));
  for (const worker of workers) await worker.says('worker started');
  expect(simulator.stats.logins).toBe(1);
});

describe('imports of four minutes, forty at a time', () => {
  const durationMs = { median: 240_000, sigma: 0.1 };
  /** The first forty are polled without any experience. */
  const IMPORTS = 160;

  test.each([
    { what: 'lists what is being created', showsProgress: false, listsSaving: true, most: 4 },
    { what: 'shows progress', showsProgress: true, listsSaving: false, most: 7.2 },
    { what: 'shows neither', showsProgress: false, listsSaving: false, most: 10.9 },
  ])('a cloud that $what gets at most $most status calls per image', async (kind) => {
    const path = process.env['PATH'] ?? '';
    const { polls, lists, lags } = await pollRun(path, IMPORTS, { ...kind, durationMs });
    expect(lags).toHaveLength(IMPORTS);
    expect((polls + lists) / IMPORTS).toBeLessThan(kind.most);
    const median = lags.toSorted((a, b) => a - b)[IMPORTS / 2] ?? 0;
    expect(median).toBeLessThanOrEqual(6000);
  });
});

async function usedMemory(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.client.info('memory'))?.[1]);
}

test('an image that waits costs Redis at most 1.7 KB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-cost-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { files } = await writeOrders(folder, 4000);
  await redis.client.config('SET', 'hash-max-ziplist-value', 2048);
  const before = await usedMemory();
  expect((await runFerry(['submit', ...files], { REDIS_URL: redis.url })).code).toBe(0);
  expect(((await usedMemory()) - before) / 4000).toBeLessThan(1700);
});

test('a finished image costs Redis at most 1.4 KB, with the feed of changes and the index of images', async () => {
  await redis.client.config('SET', 'hash-max-ziplist-value', 2048);
  const before = await usedMemory();
  await finishImages(redis, 4000);
  expect(((await usedMemory()) - before) / 4000).toBeLessThan(1400);
});
