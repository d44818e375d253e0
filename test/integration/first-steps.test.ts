import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountEnv, exported } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

test('what init writes from a bucket of the simulator is imported', async () => {
  const simulator = startFerry(['simulator', '--port', '0', '--duration', '100'], {});
  await simulator.says('Settings for ims-ferry');
  expect(simulator.stderr()).toContain('my-bucket (8 objects)');
  const env = { REDIS_URL: redis.url, ...exported(simulator.stdout()) };
  const file = join(await dropFolder(), 'first.yaml');
  const init = await runFerry(['init', '--bucket', 'my-bucket', '--output', file], env);
  expect(init.stderr).toContain('7 images.');
  startFerry(['work'], env);
  const submitted = await runFerry(['submit', '--wait', file], env);
  expect(submitted.stderr).toContain('7/7 done (7 succeeded)');
  expect(submitted.code).toBe(0);
});

test('a bucket of the simulator has an object of a class that IMS refuses', async () => {
  const simulator = startFerry(['simulator', '--port', '0'], {});
  await simulator.says('Settings for ims-ferry');
  const env = exported(simulator.stdout());
  const { stdout } = await runFerry(['init', '--bucket', 'migration'], env);
  expect(stdout).toContain('count: 16');
  expect(stdout).toContain('its storage class is COLD');
});

test('when the last worker has ended, status says so at once', async () => {
  const simulator = await cloud({ duration: 600_000 });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  await runFerry(['submit', await manifestFile('b', 1)], env);
  await until(() => simulator.accepted.length === 1);
  expect(await worker.stop()).toBe(0);
  const { stdout } = await runFerry(['status', '--json'], env);
  expect(JSON.parse(stdout).obstacles).toMatchObject([{ code: 'NO_WORKER' }]);
});
