import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, spawnFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { type OwnRedis, ownRedis } from '../support/own-redis.ts';
import { redisFellBack } from '../support/recorded-history.ts';
import { until } from '../support/until.ts';

const COUNT = 4;

/** The part of the append-only file that is written to. */
async function appendedFile({ folder }: OwnRedis): Promise<string> {
  const place = join(folder, 'appendonlydir');
  const names = (await readdir(place)).filter((name) => name.endsWith('.incr.aof'));
  return join(place, names.sort().at(-1) ?? '');
}

/** What is in it now will be there after a power cut. */
async function synced(redis: OwnRedis): Promise<{ readonly file: string; readonly size: number }> {
  const file = await appendedFile(redis);
  return { file, size: (await stat(file)).size };
}

test('the host of Redis and of worker A loses power, with what was not on the disk, while worker B lives: no doubles under hold', async () => {
  const redis = await ownRedis({ args: ['--appendfsync', 'everysec'] });
  const simulator = await cloud({ duration: 60_000, listingDelayMs: 9000 });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'hold',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '10000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
    IMS_FERRY_LOCK_MS: '4000',
    IMS_FERRY_STATE_DIR: redis.folder,
  });
  await runFerry(['submit', await manifestFile('cut', COUNT)], env);
  await runFerry(['pause', 'cut'], env);
  const a = spawnFerry(['work'], env);
  // On a host of its own: it knows nothing of what A has kept there.
  const b = spawnFerry(['work'], { ...env, IMS_FERRY_STATE_DIR: join(redis.folder, 'of-b') });
  await Promise.all([a.says('worker started'), b.says('worker started')]);
  await until(async () => (await redis.client.hlen('{imsferry:default}:holders')) !== 1);
  // It does not hear of the intents of A.
  b.process.kill('SIGSTOP');
  const { file, size } = await synced(redis);
  await runFerry(['resume', 'cut'], env);
  await until(() => simulator.accepted.length === COUNT);
  a.process.kill('SIGKILL');
  await Promise.all([a.exited, redis.kill()]);
  await truncate(file, size);
  redisFellBack();
  await redis.start();
  b.process.kill('SIGCONT');
  await runFerry(['resume', 'cut'], env);
  const status = async () => (await runFerry(['status', 'cut', '--json'], env)).stdout;
  await until(async () => {
    const { counts } = JSON.parse(await status()) as { counts: Record<string, number> };
    return (counts['creating'] ?? 0) === COUNT || simulator.accepted.length > COUNT;
  });
  expect(simulator.accepted).toHaveLength(COUNT);
  expect(doubles(simulator)).toEqual([]);
});

const FAILING = fileURLToPath(new URL('../support/failing-state-folder.ts', import.meta.url));

test('an old number in the state folder does not speak for a worker whose disk failed before the power cut', async () => {
  const redis = await ownRedis({ args: ['--appendfsync', 'everysec'] });
  const simulator = await cloud({ duration: 60_000, listingDelayMs: 9000 });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'hold',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '10000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
    IMS_FERRY_LOCK_MS: '4000',
    IMS_FERRY_STATE_DIR: redis.folder,
  });
  await runFerry(['submit', await manifestFile('old', COUNT)], env);
  await runFerry(['pause', 'old'], env);
  const a = spawnFerry(['work'], { ...env, NODE_OPTIONS: `--import ${FAILING}` });
  await a.says('worker started');
  a.process.kill('SIGUSR2');
  let disk = await synced(redis);
  await runFerry(['resume', 'old'], env);
  // What was written to Redis before the first POST is on its disk when that leaves.
  while (simulator.accepted.length === 0) {
    const holders = await redis.client.hvals('{imsferry:default}:holders');
    if (holders.some((value) => value.endsWith(' u'))) {
      disk = await synced(redis);
      break;
    }
  }
  await until(() => simulator.accepted.length === COUNT);
  a.process.kill('SIGKILL');
  await Promise.all([a.exited, redis.kill()]);
  await truncate(disk.file, disk.size);
  redisFellBack();
  await redis.start();
  spawnFerry(['work'], env);
  await runFerry(['resume', 'old'], env);
  const status = async () => (await runFerry(['status', 'old', '--json'], env)).stdout;
  await until(async () => {
    const { counts } = JSON.parse(await status()) as { counts: Record<string, number> };
    return (counts['creating'] ?? 0) === COUNT || simulator.accepted.length > COUNT;
  });
  expect(simulator.accepted).toHaveLength(COUNT);
  expect(doubles(simulator)).toEqual([]);
});
