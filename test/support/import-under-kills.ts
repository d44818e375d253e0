import { expect } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv, doubles } from './account.ts';
import { runFerry, spawnFerry } from './ferry.ts';
import { manifestFile } from './manifest-file.ts';
import { orDouble } from './or-double.ts';
import { until } from './until.ts';
import type { UsedRedis } from './use-redis.ts';

export interface Kills {
  readonly redis: UsedRedis;
  /** Images to import. */
  readonly count: number;
  /** A worker is killed when the cloud has accepted this many to twice as many creates more. */
  readonly between: number;
  readonly namespace: string;
}

/** Imports with two workers, each killed again and again: every image is created, none twice. */
export async function importUnderKills(
  simulator: Simulator,
  { redis, count, between, namespace }: Kills,
): Promise<void> {
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_NAMESPACE: namespace,
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '4000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
    IMS_FERRY_MAX_IN_FLIGHT: '20',
  });
  const random = seededRandom(5);
  let kills = 0;
  const allAccepted = () => simulator.accepted.length >= count;
  const oneAfterTheOther = async (): Promise<void> => {
    for (;;) {
      const worker = spawnFerry(['work'], env);
      await worker.says('worker started');
      const enough = simulator.accepted.length + between * (1 + random.next());
      await until(() => simulator.accepted.length >= enough || allAccepted());
      if (allAccepted()) return;
      worker.process.kill('SIGKILL');
      kills += 1;
    }
  };
  const killing = Promise.all([oneAfterTheOther(), oneAfterTheOther()]);
  const file = await manifestFile(namespace, count);
  const { code, stderr } = await orDouble(simulator, runFerry(['submit', '--wait', file], env));
  await killing;
  expect(stderr).toContain(`${count}/${count} done (${count} succeeded)`);
  expect(code).toBe(0);
  expect(kills).toBeGreaterThanOrEqual(2);
  expect(simulator.accepted).toHaveLength(count);
  expect(doubles(simulator)).toEqual([]);
}
