import { access, chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, spawnFerry, startFerry } from '../support/ferry.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();
const namesOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

const watchOf = (folder: string) => ['watch', folder, '--settle', '0.3', '--rescan', '0.5'];

function watching(folder: string, env: FerryEnv, more: readonly string[] = []) {
  return startFerry([...watchOf(folder), ...more], env);
}

async function finished(folder: string, name: string): Promise<void> {
  await until(async () => (await receiptOf(folder, name))?.state === 'finished');
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

test('a watcher killed again and again while it registers loses nothing and doubles nothing', async () => {
  const simulator = await cloud({ duration: 100, taskLimit: 1000 });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_NAMESPACE: 'watch-killed',
    IMS_FERRY_MAX_IN_FLIGHT: '200',
    IMS_FERRY_SUBMIT_CONCURRENCY: '20',
  });
  const folder = await dropFolder();
  const names = namesOf('killed', 700);
  await writeFile(join(folder, 'x.yaml'), manifestText(names));
  const registered = () => redis.client.zcard('{imsferry:watch-killed}:m:x');
  for (const least of [1, 300, 700]) {
    const watcher = spawnFerry(watchOf(folder), env);
    await until(async () => (await registered()) >= least);
    watcher.process.kill('SIGKILL');
    await watcher.exited;
  }
  startFerry(['work'], env);
  watching(folder, env);
  await finished(folder, 'x.yaml');

  const receipt = await receiptOf(folder, 'x.yaml');
  expect(receipt?.ok).toBe(true);
  expect(receipt?.images.map(({ name }) => name)).toEqual(names);
  expect(createsByMarker(simulator).size).toBe(700);
  expect(doubles(simulator)).toEqual([]);
  expect((await readdir(folder)).filter((name) => name.startsWith('x'))).toEqual([
    'x.yaml',
    'x.yaml.result.json',
  ]);
});

test('two watchers on one folder put each file away once, none twice created', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'two-watchers' });
  const folder = await dropFolder();
  startFerry(['work'], env);
  const watchers = [watching(folder, env, ['--archive']), watching(folder, env, ['--archive'])];
  for (const watcher of watchers) await watcher.says('watching for manifests');
  for (const name of namesOf('file', 5)) {
    await writeFile(join(folder, `${name}.yaml`), manifestText(namesOf(name, 4)));
  }
  await writeFile(join(folder, 'broken.yaml'), 'images: no\n');
  const left = async () => (await readdir(folder)).filter((name) => !name.startsWith('.'));
  await until(async () => (await left()).sort().join() === 'done,failed');

  expect((await readdir(join(folder, 'done'))).sort()).toEqual(
    namesOf('file', 5).flatMap((name) => [`${name}.yaml`, `${name}.yaml.result.json`]),
  );
  expect((await readdir(join(folder, 'failed'))).sort()).toEqual([
    'broken.yaml',
    'broken.yaml.result.json',
  ]);
  expect(simulator.accepted).toHaveLength(20);
  expect(doubles(simulator)).toEqual([]);
});

test('a watcher killed between putting away receipt and manifest does the rest when it starts', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'half-away' });
  const folder = await dropFolder();
  await writeFile(join(folder, 'x.yaml'), manifestText(['x-1', 'x-2']));
  startFerry(['work'], env);
  const first = spawnFerry(watchOf(folder), env);
  await finished(folder, 'x.yaml');
  first.process.kill('SIGKILL');
  await first.exited;
  // As one leaves it that was killed right after it had moved the receipt.
  await mkdir(join(folder, 'done'));
  await writeFile(join(folder, 'done', 'x.yaml.result.json'), '{}');

  watching(folder, env, ['--archive']);
  await until(async () => !(await isThere(join(folder, 'x.yaml'))));
  expect((await receiptOf(join(folder, 'done'), 'x.yaml'))?.ok).toBe(true);
  expect(await isThere(join(folder, 'done', 'x.yaml'))).toBe(true);
  expect(simulator.accepted).toHaveLength(2);
});

test('a second file of one name does not replace the first that was moved', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'again-away' });
  const folder = await dropFolder();
  startFerry(['work'], env);
  watching(folder, env, ['--archive']);
  for (const [text, put] of [
    ['first', 'x.yaml'],
    ['second', 'x.2.yaml'],
  ] as const) {
    await writeFile(join(folder, 'x.yaml'), manifestText([text]));
    await until(() => isThere(join(folder, 'done', put)));
    const receipt = await receiptOf(join(folder, 'done'), put);
    expect(receipt?.images.map(({ name }) => name)).toEqual([text]);
  }
});

test('where no receipt can be written imports continue, and one line has advice', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'no-receipts' });
  const folder = await dropFolder();
  // A folder in the place of the receipt: even root cannot write over it.
  await mkdir(join(folder, 'x.yaml.result.json', 'full'), { recursive: true });
  await writeFile(join(folder, 'x.yaml'), manifestText(['x-1']));
  startFerry(['work'], env);
  const watcher = watching(folder, env);
  await watcher.says('manifest finished');
  expect(watcher.stderr()).toContain('name a folder for receipts with --receipts');
  expect(simulator.accepted).toHaveLength(1);
});

test('a read-only folder works with --receipts', needing('an ordinary user'), async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'read-only' });
  const folder = await dropFolder();
  const receipts = join(await dropFolder(), 'new');
  await writeFile(join(folder, 'x.yaml'), manifestText(['x-1']));
  await chmod(folder, 0o555);
  onTestFinished(() => chmod(folder, 0o755));
  startFerry(['work'], env);
  watching(folder, env, ['--receipts', receipts]);
  await finished(receipts, 'x.yaml');
  expect(await readdir(folder)).toEqual(['x.yaml']);
});

test('receipts may go elsewhere; nothing is written into the folder then', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'elsewhere' });
  const folder = await dropFolder();
  const receipts = join(await dropFolder(), 'new', 'folder');
  await writeFile(join(folder, 'x.yaml'), manifestText(['x-1']));
  startFerry(['work'], env);
  watching(folder, env, ['--receipts', receipts]);
  await finished(receipts, 'x.yaml');
  expect(await readdir(folder)).toEqual(['x.yaml']);
});

test('a folder that is not there is refused, one that goes away is waited for', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'away' });
  const parent = await dropFolder();
  const folder = join(parent, 'drop');
  const refused = startFerry(['watch', folder], env);
  expect(await refused.exited).toBe(2);
  expect(refused.stderr()).toContain(`${folder} does not exist.`);
  await mkdir(folder);
  startFerry(['work'], env);
  const watcher = watching(folder, env);
  await watcher.says('watching for manifests');
  await rename(folder, `${folder}-away`);
  await watcher.says('folder cannot be read');
  await writeFile(join(`${folder}-away`, 'x.yaml'), manifestText(['x-1']));
  await rename(`${folder}-away`, folder);
  await finished(folder, 'x.yaml');
});
