import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, receiptOf } from '../support/drop-folder.ts';
import { startFerry } from '../support/ferry.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const GB = 1024 ** 3;
const TEXT = 'images:\n  - { name: a, image_url: "bucket:a.qcow2", min_disk: auto }\n';

function envOf(simulator: Simulator) {
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  return accountEnv(simulator, redis.url, keys);
}

async function drop(env: Record<string, string>) {
  const folder = await dropFolder();
  await writeFile(join(folder, 'auto.yaml'), TEXT);
  const watcher = startFerry(['watch', folder, '--settle', '0.2', '--rescan', '0.3'], env);
  return { folder, watcher, receipt: () => receiptOf(folder, 'auto.yaml') };
}

async function registered(): Promise<number | undefined> {
  const [key] = await redis.client.keys('*:i:*');
  const text = key === undefined ? null : await redis.client.hget(key, 'request');
  return text === null ? undefined : JSON.parse(text)['min_disk'];
}

test('a watched manifest gets the size from the file', async () => {
  const simulator = await cloud({ objects: { 'bucket/a.qcow2': { size: GB, disk: 33 * GB } } });
  await drop(envOf(simulator));
  await until(async () => (await registered()) === 33);
});

test('it waits while OBS does not answer', async () => {
  const simulator = await cloud({ answers: { 'obs HEAD': 'AccessDenied' } });
  const { watcher, receipt } = await drop(envOf(simulator));
  await watcher.says('manifest waits for its bucket');
  expect(await receipt()).toBeUndefined();
  simulator.set({ answers: {} });
  await until(async () => (await registered()) === 1);
});

test('it is refused where the file can never say it, and without keys', async () => {
  const simulator = await cloud({ objects: { 'bucket/a.qcow2': { status: 404 } } });
  const { OS_ACCESS_KEY: _, OS_SECRET_KEY: __, ...without } = envOf(simulator);
  for (const [env, says] of [
    [envOf(simulator), 'the object does not exist'],
    [without, 'set OS_ACCESS_KEY and OS_SECRET_KEY'],
  ] as const) {
    const { receipt } = await drop(env);
    await until(async () => (await receipt())?.state === 'rejected');
    expect(JSON.stringify(await receipt())).toContain(says);
    expect(await registered()).toBeUndefined();
  }
});
