import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, receiptOf } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const GB = 1024 ** 3;

async function account(settings: SimulatorSettings = {}, more: Record<string, string> = {}) {
  const simulator = await cloud({ duration: 100, ...settings });
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  const checked = { ...keys, IMS_FERRY_SUBMIT_CHECKS: '1', ...more };
  return { simulator, env: accountEnv(simulator, redis.url, checked) };
}

function textOf(keys: readonly string[], fields = 'min_disk: 40'): string {
  const lines = keys.map(
    (key) => `  - { name: ${key}, image_url: "bucket:${key}.qcow2", ${fields} }`,
  );
  return ['images:', ...lines, ''].join('\n');
}

async function drop(env: Record<string, string>, text: string) {
  const folder = await dropFolder();
  const file = join(folder, 'some.yaml');
  await writeFile(file, text);
  const options = ['--settle', '0.2', '--rescan', '0.3'];
  const watcher = startFerry(['watch', folder, ...options], env);
  const receipt = () => receiptOf(folder, 'some.yaml');
  const is = (state: string) => until(async () => (await receipt())?.state === state);
  return { folder, file, watcher, receipt, is };
}

const OBJECTS = {
  'bucket/large.qcow2': { size: GB, disk: 60 * GB },
  'bucket/gone.qcow2': { status: 404 },
} as const;

test('images that IMS would refuse are left out of a watched manifest, in the words of submit', async () => {
  const { simulator, env } = await account({ objects: OBJECTS });
  const { file, watcher, receipt, is } = await drop(env, textOf(['good', 'large', 'gone']));
  startFerry(['work'], env);
  await is('finished');
  const found = await receipt();
  expect(found).toMatchObject({ ok: false, state: 'finished', total: 3 });
  expect(found?.images.map(({ name }) => name)).toEqual(['good']);
  const reasons = found?.left_out.map(({ name, line, reason }) => [name, line, reason]);
  expect(reasons).toEqual([
    ['large', 3, 'the disk in it has 60 GB, more than min_disk: 40; write min_disk: 60'],
    ['gone', 4, 'the object does not exist'],
  ]);
  expect(found?.notes[0]).toBe('Batch some: 1 of 3 images enqueued, 2 left out');
  expect(found?.notes).toContain(
    '1 refused: the object does not exist (some.yaml:4 gone bucket:gone.qcow2)',
  );
  expect(watcher.stderr()).toContain('refused: the object does not exist');
  expect(simulator.stats.posts).toBe(1);
  const { stdout } = await runFerry(['submit', '--json', file], env);
  const submitted = JSON.parse(stdout) as { batches: readonly { left_out: unknown }[] };
  expect(found?.left_out).toEqual(submitted.batches[0]?.left_out);
});

test('the same file dropped again takes what is right by now, and nothing twice', async () => {
  const { simulator, env } = await account({ objects: OBJECTS });
  const { file, watcher, receipt, is } = await drop(env, textOf(['good', 'gone']));
  startFerry(['work'], env);
  await is('finished');
  simulator.set({ objects: {} });
  await utimes(file, new Date(), new Date());
  await watcher.says('manifest looked at again');
  await until(async () => (await receipt())?.ok === true);
  expect(simulator.accepted.map(({ name }) => name).toSorted()).toEqual(['gone', 'good']);
  await utimes(file, new Date(), new Date());
  await watcher.says('manifest unchanged');
});

test('a file of which nothing is left is refused, each image with its line', async () => {
  const { env } = await account({ objects: OBJECTS });
  const { receipt, is } = await drop(env, textOf(['large', 'gone']));
  await is('rejected');
  expect((await receipt())?.errors).toEqual([
    {
      line: 2,
      column: 1,
      field: 'min_disk',
      message: 'the disk in it has 60 GB, more than min_disk: 40; write min_disk: 60',
    },
    { line: 3, column: 1, field: '', message: 'the object does not exist' },
  ]);
});

test('what cannot be checked is submitted, and the receipt says so', async () => {
  const { env } = await account({ answers: { 'obs HEAD': 'AccessDenied' } });
  const { receipt, is } = await drop(env, textOf(['good']));
  await is('enqueued');
  const { notes = [] } = (await receipt()) ?? {};
  expect(notes.join()).toMatch(/1 not checked: our OBS keys may not read the object/);
});

test('a copy is left out with its source', async () => {
  const { env } = await account({ objects: OBJECTS });
  const copies = 'min_disk: auto, copies: [{ cmk_id: 7a9f1c3e-5b2d-4f6a-8c0e-1d2f3a4b5c6d }]';
  const { file, receipt, is } = await drop(env, textOf(['good', 'gone'], copies));
  await is('enqueued');
  const names = (await receipt())?.left_out.map(({ name }) => name);
  expect(names).toEqual(['gone', 'gone-encrypted']);
  const { stdout } = await runFerry(['submit', '--json', file], env);
  expect(JSON.parse(stdout)).toMatchObject({ batches: [{ total: 4, left_out: [{}, {}] }] });
});

test('where OBS says nothing of one file, the next ones do not wait for it', async () => {
  const { simulator, env } = await account({ answers: { 'obs HEAD': 'AccessDenied' } });
  const { folder, receipt, is } = await drop(env, textOf(['a', 'b']));
  await is('enqueued');
  const { 'obs HEAD': asked = 0 } = simulator.stats.calls;
  await writeFile(join(folder, 'next.yaml'), textOf(['c', 'd']));
  await until(async () => (await receiptOf(folder, 'next.yaml'))?.state === 'enqueued');
  expect((await receiptOf(folder, 'next.yaml'))?.notes.join()).toContain(
    'not checked: our OBS keys',
  );
  expect(asked).toBeGreaterThan(0);
  expect(simulator.stats.calls['obs HEAD']).toBe(asked);
  expect((await receipt())?.left_out).toEqual([]);
});

test('a bucket of which OBS says nothing does not keep the files of another one from being checked', async () => {
  const objects = { ...OBJECTS, 'closed/a.qcow2': { status: 403 } } as const;
  const { env } = await account({ objects });
  const closed = textOf(['a']).replace('bucket:', 'closed:');
  const { folder, is } = await drop(env, closed);
  await is('enqueued');
  await writeFile(join(folder, 'next.yaml'), textOf(['good', 'gone']));
  await until(async () => (await receiptOf(folder, 'next.yaml'))?.state === 'enqueued');
  expect((await receiptOf(folder, 'next.yaml'))?.left_out).toMatchObject([{ name: 'gone' }]);
});

test('one file that cannot be read does not hold up the sizes of the others', async () => {
  const { env } = await account({ objects: { 'bucket/theirs.qcow2': { status: 403 } } });
  const { receipt, is } = await drop(env, textOf(['good', 'theirs'], 'min_disk: auto'));
  await is('enqueued');
  expect((await receipt())?.left_out).toMatchObject([{ name: 'theirs' }]);
});

test('an import whose image is there is adopted, even if its object is gone', async () => {
  const { simulator, env } = await account();
  const first = await drop(env, textOf(['good', 'old']));
  const worker = startFerry(['work'], env);
  await first.is('finished');
  await Promise.all([worker.stop(), first.watcher.stop()]);
  await redis.client.flushall();
  simulator.set({ objects: { 'bucket/old.qcow2': { status: 404 } } });
  const second = await drop(env, textOf(['good', 'old']));
  startFerry(['work'], env);
  await until(async () => (await second.receipt())?.ok === true);
  expect(simulator.accepted).toHaveLength(2);
});

test('without checks or keys every image is submitted', async () => {
  const { env } = await account({ objects: OBJECTS }, { IMS_FERRY_SUBMIT_CHECKS: '0' });
  const unchecked = await drop(env, textOf(['gone']));
  await unchecked.is('enqueued');
  const { OS_ACCESS_KEY: _, OS_SECRET_KEY: __, ...without } = env;
  const keyless = await drop({ ...without, IMS_FERRY_SUBMIT_CHECKS: '1' }, textOf(['large']));
  await keyless.is('enqueued');
  await keyless.watcher.says('image files are not checked');
});
