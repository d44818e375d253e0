import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { runFerry } from '../support/ferry.ts';
import type { ImportedWorld } from '../support/imported-images.ts';
import { useRedis } from '../support/use-redis.ts';
import { leftImages, weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });

/** What a gateway allows in a second, and the rate that workers keep since it has throttled them. */
const [ALLOWED, KEPT] = [8, 4];

async function keepRate(simulator: Simulator, { project }: ImportedWorld): Promise<void> {
  simulator.set({ rateLimitPerSecond: ALLOWED });
  // The second throttling within a minute lowers it.
  await project.rateLimit.lower(KEPT / 0.8);
  expect(await project.rateLimit.lower(KEPT / 0.8)).toBe(KEPT);
}

test('prune takes turns in the rate of the workers: the cloud throttles nothing', async () => {
  const { simulator, world, env, file, deleted } = await weeklyImages(server, 7);
  await keepRate(simulator, world);
  const where = { ...env, ECS_ENDPOINT: simulator.url };
  const { code } = await runFerry(['prune', '--yes', file], where);
  expect([code, deleted().length]).toEqual([0, 4]);
  expect(simulator.stats.throttled).toBe(0);
});

test('reconcile --clean does so as well', async () => {
  const { simulator, world, env } = await leftImages(server, 6);
  await keepRate(simulator, world);
  const { code } = await runFerry(['reconcile', '--clean', '--yes'], env);
  expect([code, simulator.deleted.length]).toEqual([0, 6]);
  expect(simulator.stats.throttled).toBe(0);
});

test('where nobody keeps a rate yet, what is throttled is repeated and every image of the plan goes', async () => {
  const { simulator, env, file, deleted } = await weeklyImages(server, 7);
  simulator.set({ rateLimitPerSecond: 4 });
  const where = { ...env, ECS_ENDPOINT: simulator.url };
  const { code, stdout } = await runFerry(['prune', '--yes', file], where);
  expect([code, deleted().length]).toEqual([0, 4]);
  expect(stdout).not.toContain('cannot be read');
});
