/** Counts, not times: what an image may cost Redis, IAM and IMS at most. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FerryRun, ferryRun } from '../../scripts/bench/engine/ferry-run.ts';
import { finishImages } from '../../scripts/bench/memory/finish-images.ts';
import { pollRun } from '../../scripts/bench/polls/poll-run.ts';
import { RedisProbe } from '../../scripts/bench/redis-probe.ts';
import { coldLogins } from '../../scripts/bench/scaling/cold-logins.ts';
import { runFerry } from '../../scripts/soak/ferry-process.ts';
import { writeOrders } from '../../scripts/soak/orders.ts';
import { startPrivateRedis } from '../../src/shared/redis/private-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

const PATH = process.env['PATH'] ?? '';
const IMAGES = 400;

let folder = '';
let idle: FerryRun;
let busy: FerryRun;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ims-ferry-cost-'));
  const wanted = { folder, path: PATH, workers: 2 };
  idle = await ferryRun({ ...wanted, images: 1 });
  busy = await ferryRun({ ...wanted, images: IMAGES });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function anImage(count: (run: FerryRun) => number): number {
  return (count(busy) - count(idle)) / (IMAGES - 1);
}

test('an image costs at most 150 Redis commands, of which BullMQ needs about 75', () => {
  expect(anImage(({ redisCommands }) => redisCommands)).toBeLessThan(150);
});

test('an image that is done at its first poll costs a create, a job read and an image read', () => {
  expect(busy.calls['create system']).toBe(IMAGES);
  expect(anImage(({ calls }) => calls['job'] ?? 0)).toBeLessThan(1.2);
  // Read by the list, with its id.
  expect(anImage(({ calls }) => calls['list'] ?? 0)).toBeLessThan(1.2);
  expect(anImage(({ calls }) => calls['image'] ?? 0)).toBeLessThan(0.05);
});

test('an image that is polled two or three times costs at most 400 Redis commands: each poll is a queue job of BullMQ', async () => {
  const short = {
    POLL_INITIAL_MS: '300',
    POLL_MIN_MS: '200',
    POLL_MAX_MS: '2000',
    LOCK_MS: '1000',
  };
  const env = Object.fromEntries(
    Object.entries(short).map(([name, ms]) => [`IMS_FERRY_${name}`, ms]),
  );
  const { redisCommands, calls } = await ferryRun({
    folder,
    path: PATH,
    images: 90,
    warmUp: 30,
    measured: 50,
    simulator: { durationMs: { median: 2500, sigma: 0.5 }, tagsVisibleAt: 'end' },
    env: { ...env, IMS_FERRY_MAX_IN_FLIGHT: '20' },
  });
  expect((calls['job'] ?? 0) / 50).toBeGreaterThan(1.8);
  expect(redisCommands / 50).toBeLessThan(400);
});

test('four workers that start at once over an empty Redis log in once', async () => {
  expect(await coldLogins({ folder, path: PATH, workers: 4 })).toBe(1);
});

describe('imports of four minutes, forty at a time', () => {
  const durationMs = { median: 240_000, sigma: 0.1 };
  /** The first forty are polled without any experience. */
  const IMPORTS = 160;

  test.each([
    { what: 'lists what is being created', tellsProgress: false, listsSaving: true, most: 4 },
    { what: 'tells progress', tellsProgress: true, listsSaving: false, most: 7.2 },
    { what: 'tells nothing', tellsProgress: false, listsSaving: false, most: 10.9 },
  ])('a cloud that $what is asked at most $most times an image', async (cloud) => {
    const { polls, lists, lags } = await pollRun(PATH, IMPORTS, { ...cloud, durationMs });
    expect(lags).toHaveLength(IMPORTS);
    expect((polls + lists) / IMPORTS).toBeLessThan(cloud.most);
    const median = lags.toSorted((a, b) => a - b)[IMPORTS / 2] ?? 0;
    expect(median).toBeLessThanOrEqual(6000);
  });
});

test('an image that waits costs Redis at most 1.7 KB', async () => {
  const { url, close } = await startPrivateRedis(PATH, systemClock);
  const probe = new RedisProbe(url);
  try {
    const before = await probe.memory();
    const { files } = await writeOrders(folder, 4000);
    const logFile = join(folder, 'submit.log');
    await runFerry({ args: ['submit', ...files], env: { REDIS_URL: url }, logFile });
    expect(((await probe.memory()) - before) / 4000).toBeLessThan(1700);
  } finally {
    probe.close();
    await close();
  }
});

test('a finished image costs Redis at most 1.4 KB, the feed of changes and the index of images included', async () => {
  const redis = await startPrivateRedis(PATH, systemClock);
  const probe = new RedisProbe(redis.url);
  try {
    const before = await probe.memory();
    await finishImages(probe, 4000);
    expect(((await probe.memory()) - before) / 4000).toBeLessThan(1400);
  } finally {
    probe.close();
    await redis.close();
  }
});
