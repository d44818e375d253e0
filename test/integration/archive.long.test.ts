import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { archiveFolder, filesIn } from '../support/archive-parts.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

const BROKEN = '  - { name: broken, image_url: "bucket:missing/broken.qcow2" }\n';

async function deleteImage(simulator: Simulator, named: string): Promise<void> {
  const { images } = simulator.state.cloud;
  for (const image of [...images.all()].filter(({ name }) => name === named)) {
    images.put({ ...image, deletedAt: Date.now() });
  }
}

async function reportOf(env: FerryEnv, ...of: readonly string[]): Promise<unknown> {
  const { stdout } = await runFerry(['report', ...of, '--format', 'json'], env);
  const { generated_at: _, ...report } = JSON.parse(stdout) as { generated_at: string };
  return report;
}

/** Creates that the cloud accepted, by image name. */
function creates(simulator: Simulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of simulator.accepted) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

describe('an archived batch', () => {
  test('that is submitted again creates nothing twice; its report is that of before', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, server.url);
    startFerry(['work'], env);
    const file = await manifestFile('long-ago', 6);
    await appendFile(file, `\n${BROKEN}`);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    const before = await reportOf(env, 'long-ago');
    const posts = simulator.stats.posts;

    const folder = await archiveFolder();
    const young = await runFerry(['archive', '--to', folder], env);
    expect(young.code).toBe(0);
    expect(young.stderr).toContain('no batch finished that long ago');
    const dry = await runFerry(['archive', 'long-ago', '--to', folder, '--dry-run'], env);
    expect(dry.stderr).toContain('Batch long-ago would be archived: 7 images.');
    const archived = await runFerry(['archive', 'long-ago', '--to', folder], env);
    expect(archived).toMatchObject({ code: 0, stderr: 'Batch long-ago: 7 images archived.\n' });
    const [written = ''] = await filesIn(folder);
    expect(archived.stdout).toBe(`${written}\n`);
    expect(await reportOf(env, '--from', written)).toEqual(before);
    expect((await runFerry(['status', 'long-ago'], env)).code).toBe(2);
    for (const args of [
      ['archive', '--to', folder],
      ['status'],
      ['retry'],
      ['pause'],
      ['report'],
    ]) {
      const { stderr } = await runFerry([...args, 'long-ago'], env);
      expect(stderr).toContain(written);
    }
    expect(await reportOf(env, 'long-ago')).toEqual(before);

    const again = await runFerry(['submit', '--wait', file], env);
    expect(again.stderr).toContain('7 of 7 images enqueued');
    expect(again.stderr).toContain('7/7 done (6 succeeded, 1 failed)');
    expect(simulator.accepted).toHaveLength(6);
    expect(doubles(simulator)).toEqual([]);
    // The one that had failed was tried again.
    expect(simulator.stats.posts).toBe(posts + 1);
  });

  test('images deleted from IMS are created again when they are submitted again', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, server.url);
    const worker = startFerry(['work'], env);
    const file = await manifestFile('deleted', 4);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    const folder = await archiveFolder();
    expect((await runFerry(['archive', 'deleted', '--to', folder], env)).code).toBe(0);
    await deleteImage(simulator, 'deleted-002');
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    // The ended queue jobs went, too: the new ones have the same ids, and need no sweeper.
    expect(worker.stderr()).not.toContain('overdue imports enqueued again');
    expect(creates(simulator).get('deleted-002')).toBe(2);
    expect(createsByMarker(simulator).size).toBe(4);
    expect(simulator.accepted).toHaveLength(5);
  });
});

test('a batch that the ledger does not know is reported from the folder of archives', async () => {
  const folder = await archiveFolder();
  const env = accountEnv(await cloud({ duration: 100 }), server.url, {
    IMS_FERRY_ARCHIVE_DIR: folder,
  });
  const worker = startFerry(['work'], env);
  expect((await runFerry(['submit', '--wait', await manifestFile('old', 2)], env)).code).toBe(0);
  await worker.stop();
  const dry = await runFerry(['archive', 'old', '--dry-run', '--json'], env);
  expect(JSON.parse(dry.stdout)).toEqual({
    ...{ version: 1, ok: true, dry_run: true, folder },
    batches: [{ batch: 'old', result: 'would-archive', images: 2 }],
  });
  const { stdout } = await runFerry(['archive', 'old', '--json'], env);
  const [file = ''] = await filesIn(folder);
  expect(JSON.parse(stdout)).toEqual({
    ...{ version: 1, ok: true },
    batches: [{ batch: 'old', result: 'archived', images: 2, file }],
  });
  // As after a version that noted nothing, or an emptied Redis.
  await server.client.flushall();
  const report = await runFerry(['report', 'old', '--format', 'csv'], env);
  expect(report).toMatchObject({ code: 0, stderr: expect.stringContaining(`from ${file}`) });
  expect(report.stdout).toContain('old-002');
  const other = { ...env, IMS_FERRY_NAMESPACE: 'other' };
  expect((await runFerry(['report', 'old'], other)).stderr).toContain('There is no batch "old"');
});

describe('by itself', () => {
  test('a watcher archives, keeps the receipt, and takes nothing again when it restarts', async () => {
    const simulator = await cloud({ duration: 100 });
    const archives = await archiveFolder();
    const env = accountEnv(simulator, server.url, { IMS_FERRY_ARCHIVE_DIR: archives });
    const folder = await dropFolder();
    startFerry(['work'], env);
    const text = manifestText(['one', 'two', 'three']);
    await writeFile(join(folder, 'x.yaml'), text);
    const watch = (more: FerryEnv = {}) =>
      startFerry(['watch', folder, '--settle', '0.3', '--rescan', '0.3'], { ...env, ...more });
    const first = watch();
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    expect(await filesIn(archives)).toEqual([]);

    const second = watch({ IMS_FERRY_ARCHIVE_AFTER: '1s' });
    await second.says('batch archived');
    expect(await filesIn(archives)).toHaveLength(1);
    expect((await runFerry(['status', 'x', '--json'], env)).code).toBe(2);
    const receipt = await readFile(join(folder, 'x.yaml.result.json'), 'utf8');
    await deleteImage(simulator, 'two');
    for (const one of [first, second]) {
      expect(await one.stop()).toBe(0);
    }
    const third = watch();
    await third.says('manifest unchanged; its batch is archived');
    // Another file shows that the watcher and the worker have gone on.
    await writeFile(join(folder, 'y.yaml'), manifestText(['four']));
    await until(async () => (await receiptOf(folder, 'y.yaml'))?.ok === true);
    expect(simulator.accepted).toHaveLength(4);
    expect(await readFile(join(folder, 'x.yaml.result.json'), 'utf8')).toBe(receipt);

    await writeFile(join(folder, 'x.yaml'), `# once more\n${text}`);
    await third.says('edited manifest submitted');
    await until(() => creates(simulator).get('two') === 2);
    expect(simulator.accepted).toHaveLength(5);
  });
});
