import { copyFile, mkdir, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { runProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

function watching(folder: string, env: FerryEnv, more: readonly string[] = []) {
  return startFerry(['watch', folder, '--settle', '0.4', '--rescan', '0.5', ...more], env);
}

async function finished(folder: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await until(async () => (await receiptOf(folder, name))?.state === 'finished');
  }
}

async function rejected(folder: string, name: string): Promise<void> {
  await until(async () => (await receiptOf(folder, name))?.state === 'rejected');
}

/**
 * As a slow program writes: a line at a time. Where the machine makes a pause longer than the file may
 * rest, what is there is taken, and the rest later.
 */
async function writeSlowly(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  for (const line of text.split(/(?<=\n)/)) {
    await handle.write(line);
    await delay(100);
  }
  await handle.close();
}

describe('a folder that is watched', () => {
  test('slowly written, renamed, broken and copied files: each image once, each file a receipt', async () => {
    const simulator = await cloud({ duration: 200 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'dropped' });
    const folder = await dropFolder();
    const names = Array.from({ length: 12 }, (_, index) => `slow-${index}`);
    startFerry(['work'], env);
    const watcher = watching(folder, env);
    await watcher.says('watching for manifests');

    const slowly = writeSlowly(join(folder, 'slow.yaml'), manifestText(names));
    await writeFile(join(folder, 'renamed.yaml.tmp'), manifestText(['renamed-1', 'renamed-2']));
    await rename(join(folder, 'renamed.yaml.tmp'), join(folder, 'renamed.yaml'));
    await writeFile(join(folder, 'broken.yml'), 'images:\n  - { nmae: x, min_disk: 0 }\n');
    await slowly;
    const imagesOfSlow = async () => (await receiptOf(folder, 'slow.yaml'))?.images.length;
    await until(async () => (await imagesOfSlow()) === names.length);
    await copyFile(join(folder, 'slow.yaml'), join(folder, 'copy.json.yml'));
    await finished(folder, 'slow.yaml', 'renamed.yaml', 'copy.json.yml');
    await rejected(folder, 'broken.yml');

    expect(simulator.accepted).toHaveLength(14);
    expect(doubles(simulator)).toEqual([]);
    const slow = await receiptOf(folder, 'slow.yaml');
    expect(slow?.ok).toBe(true);
    expect(slow?.images.map(({ name }) => name)).toEqual(names);
    for (const { image_id } of slow?.images ?? []) expect(image_id).toMatch(/^[0-9a-f-]{36}$/);
    const copy = await receiptOf(folder, 'copy.json.yml');
    expect(copy?.batch).toBe('copy.json');
    expect(copy?.images[0]?.also_in).toEqual(['slow']);
    expect(copy?.notes.join()).toContain('belong to batch slow, too: created once');
    const broken = await receiptOf(folder, 'broken.yml');
    expect(broken?.ok).toBe(false);
    expect(broken?.errors).toContainEqual({
      line: 2,
      column: 7,
      field: 'images[0].nmae',
      message: 'is not a field; did you mean name?',
    });
    expect(await watcher.stop()).toBe(0);
  });

  test('a broken file that is fixed is taken, an edited one adds its new images and names the rest', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'edited' });
    const folder = await dropFolder();
    const file = join(folder, 'x.yaml');
    startFerry(['work'], env);
    const watcher = watching(folder, env);
    await writeFile(file, 'images: []\n');
    await rejected(folder, 'x.yaml');
    await writeFile(file, manifestText(['one', 'two']));
    await finished(folder, 'x.yaml');
    await writeFile(file, manifestText(['two', 'three'], ', min_ram: 1024'));
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.images[1]?.name === 'three');
    await finished(folder, 'x.yaml');

    // The first two are created at the same time.
    const names = simulator.accepted.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['one', 'three', 'two']);
    expect(names.at(-1)).toBe('three');
    const receipt = await receiptOf(folder, 'x.yaml');
    expect(receipt?.images[0]?.differs).toEqual(['min_ram']);
    expect(receipt?.ok).toBe(false);
    expect(receipt?.notes).toEqual([
      'Batch x: 1 of 2 images enqueued, 1 already imported',
      'two: already imported, differs in min_ram',
      '1 image of batch x is not in this file and stays in the batch: one',
    ]);
    expect(watcher.stderr()).toContain('edited manifest submitted');

    // A watcher that starts again compares with what was created, not with what it remembers.
    await watcher.stop();
    await rm(join(folder, 'x.yaml.result.json'));
    watching(folder, env);
    await finished(folder, 'x.yaml');
    expect(await receiptOf(folder, 'x.yaml')).toMatchObject({
      ok: false,
      images: [{ name: 'two', differs: ['min_ram'] }, { name: 'three' }],
    });
  });

  test('whatever is not a regular file is refused with a line, and delays nothing', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'odd' });
    const folder = await dropFolder();
    await writeFile(join(folder, 'z.yaml'), manifestText(['after-all-those']));
    await runProgram('mkfifo', [join(folder, 'pipe.yaml')]);
    await symlink(join(folder, 'z.yaml'), join(folder, 'link.yaml'));
    await mkdir(join(folder, 'folder.yaml'));
    const huge = await open(join(folder, 'huge.json'), 'w');
    await huge.truncate(65_000_000);
    await huge.write('}', 64_999_999);
    await huge.close();
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    startFerry(['work'], env);
    const watcher = watching(folder, env);
    await finished(folder, 'z.yaml');

    expect(simulator.accepted.map(({ name }) => name)).toEqual(['after-all-those']);
    for (const [name, why] of [
      ['pipe.yaml', 'is not a regular file but a pipe'],
      ['link.yaml', 'is a symbolic link'],
      ['folder.yaml', 'is a folder'],
      ['huge.json', 'is 65000000 bytes long; the limit is'],
    ] as const) {
      await rejected(folder, name);
      const receipt = await receiptOf(folder, name);
      expect(receipt?.errors[0]?.message).toContain(why);
      expect(watcher.stderr()).toContain(why);
    }
    expect(await receiptOf(folder, 'notes.txt')).toBeUndefined();
  });

  test('a watcher that restarts has nothing to do, and does not retry what failed', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'restarted' });
    const folder = await dropFolder();
    await writeFile(
      join(folder, 'x.yaml'),
      manifestText(['good', 'bad']).replace('ok/bad', 'missing/bad'),
    );
    startFerry(['work'], env);
    const first = watching(folder, env);
    await finished(folder, 'x.yaml');
    await first.stop();
    const second = watching(folder, env);
    await second.says('manifest unchanged');
    await second.says('not every image is as it requests');

    const receipt = await receiptOf(folder, 'x.yaml');
    expect(receipt?.ok).toBe(false);
    expect(receipt?.images.map(({ state }) => state)).toEqual(['succeeded', 'failed']);
    expect(receipt?.images[1]?.error?.code).toBe('IMG.0057');
    expect(simulator.stats.posts).toBe(2);
  });

  test('a retry by hand shows in the receipt', async () => {
    const objects = { 'bucket/ok/late.qcow2': { status: 404 } } as const;
    const simulator = await cloud({ duration: 100, objects });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'retried' });
    const folder = await dropFolder();
    await writeFile(join(folder, 'x.yaml'), manifestText(['late']));
    startFerry(['work'], env);
    watching(folder, env);
    await finished(folder, 'x.yaml');
    simulator.set({ objects: {} });
    await runFerry(['retry', 'x'], env);
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    expect(simulator.accepted).toHaveLength(1);
  });

  test('a mounted ConfigMap is taken, a new version of it as well, and nothing in it is moved', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'mounted' });
    const [folder, receipts] = [await dropFolder(), await dropFolder()];
    const publish = async (version: string, text: string) => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'x.yaml'), text);
      await symlink(version, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await publish('..v1', manifestText(['one']));
    await symlink('..data/x.yaml', join(folder, 'x.yaml'));
    startFerry(['work'], env);
    const watcher = watching(folder, env, ['--receipts', receipts, '--archive']);
    await finished(receipts, 'x.yaml');
    await publish('..v2', manifestText(['one', 'two']));
    await until(async () => (await receiptOf(receipts, 'x.yaml'))?.images.length === 2);
    await finished(receipts, 'x.yaml');
    expect(await watcher.stop()).toBe(0);
    expect(simulator.accepted.map(({ name }) => name)).toEqual(['one', 'two']);
    expect((await readdir(folder)).toSorted()).toEqual(['..data', '..v1', '..v2', 'x.yaml']);
  });

  test('an upload that pauses within its last image leaves a receipt that is not ok', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'paused' });
    const folder = await dropFolder();
    const file = join(folder, 'x.yaml');
    const begin = 'images:\n  - name: one\n    image_url: bucket:ok/one.qcow2\n    min_disk: 40\n';
    await writeFile(file, begin);
    startFerry(['work'], env);
    watching(folder, env);
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    await writeFile(file, `${begin}    os_version: Ubuntu 18.04 server 64bit\n`);
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === false);
    expect((await receiptOf(folder, 'x.yaml'))?.images[0]?.differs).toEqual(['os_version']);
    expect(simulator.accepted).toHaveLength(1);
  });
});
