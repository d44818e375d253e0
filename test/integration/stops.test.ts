import { expect, test } from 'vitest';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

test('a quota of 20 stops 40 images once, with the number missing; resume brings all 40', async () => {
  const simulator = await cloud({ duration: 300, imageQuota: 20, latencyMs: 30 });
  const env = accountEnv(simulator, redis.url);
  const workers = [startFerry(['work'], env), startFerry(['work'], env)];
  for (const worker of workers) await worker.says('worker started');
  const file = await manifestFile('full', 40);
  const { code, stderr } = await runFerry(['submit', '--wait', file], env);
  expect(code).toBe(1);
  expect(stderr).toContain('Stopped: IMG.0015');
  expect(stderr).toMatch(/This batch needs \d+, 0 free/);
  const read = async () => JSON.parse((await runFerry(['status', 'full', '--json'], env)).stdout);
  await until(async () => (await read()).counts.succeeded === 20);
  expect((await read()).stopped).toMatchObject({ code: 'IMG.0015', needs: 20, free: 0 });
  // Each of the two workers may have four under way when the first is refused.
  expect(simulator.stats.posts).toBeLessThanOrEqual(20 + 2 * 4);
  const stops = workers.flatMap((worker) => worker.stderr().match(/project stopped/g) ?? []);
  expect(stops).toHaveLength(1);

  simulator.set({ imageQuota: 100 });
  expect((await runFerry(['resume'], env)).code).toBe(0);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect(createsByMarker(simulator).size).toBe(40);
  expect(doubles(simulator)).toEqual([]);
});

test.each([
  { what: 'there is room again', imageQuota: 4 },
  { what: 'the quota has no limit any more', imageQuota: -1 },
])('a quota stop ends by itself when $what', async ({ imageQuota }) => {
  const simulator = await cloud({ duration: 300, imageQuota: 2 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_LOCK_MS: '1000' });
  const worker = startFerry(['work'], env);
  const file = await manifestFile('again', 4);
  await runFerry(['submit', file], env);
  await worker.says('project stopped');
  simulator.set({ imageQuota });
  await worker.says('quota has room again');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect(simulator.accepted).toHaveLength(4);
});

test('a missing permission stops once; cancel and resume let the other batches continue', async () => {
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const forbidden = await manifestFile('not-ours', 6, 'bucket:forbidden');
  const { code, stderr } = await runFerry(['submit', '--wait', forbidden], env);
  expect(code).toBe(1);
  expect(stderr).toContain('Stopped: IMG.0026');
  expect(stderr).toContain('ims-ferry resume');
  const ours = await manifestFile('ours', 2);
  await runFerry(['submit', ours], env);
  // Three refusals in a row stop the project; the other images of the batch may be under way by then.
  expect(simulator.stats.posts).toBeLessThanOrEqual(8);
  expect(simulator.accepted).toEqual([]);
  expect((await runFerry(['cancel', 'not-ours'], env)).stderr).toContain('6 images cancelled');
  expect((await runFerry(['resume'], env)).stderr).toContain('Resumed after IMG.0026');
  expect((await runFerry(['submit', '--wait', ours], env)).code).toBe(0);
  expect(worker.stderr().match(/project stopped/g)).toHaveLength(1);
});
