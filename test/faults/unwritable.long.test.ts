import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { archiveFolder, filesIn } from '../support/archive-parts.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing, runProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

test('receipts that cannot be written are written later, and the manifests moved then', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'receipts-later' });
  const folder = await dropFolder();
  const receipts = join(await dropFolder(), 'receipts');
  // A file in the place of the folder: even root cannot write into it.
  await writeFile(receipts, '');
  await writeFile(join(folder, 'x.yaml'), manifestText(['x-1']));
  await writeFile(join(folder, 'refused.yaml'), 'name: refused\nimages: 7\n');
  startFerry(['work'], env);
  const often = ['--settle', '0.3', '--rescan', '0.3', '--archive', '--receipts', receipts];
  const watcher = startFerry(['watch', folder, ...often], env);
  await watcher.says('manifest finished');
  await watcher.says('manifest refused');
  expect(watcher.stderr().split('receipts cannot be written')).toHaveLength(2);
  expect((await readdir(folder)).filter((name) => name.endsWith('.yaml'))).toHaveLength(2);
  await rm(receipts);
  await mkdir(receipts);
  await watcher.says('receipts are written again');
  await until(async () => (await receiptOf(receipts, 'x.yaml'))?.state === 'finished');
  await until(async () => (await readdir(receipts)).length === 2);
  await until(async () => !(await readdir(folder)).some((name) => name.endsWith('.yaml')));
  expect(await readdir(join(folder, 'done'))).toEqual(['x.yaml']);
  expect(await readdir(join(folder, 'failed'))).toEqual(['refused.yaml']);
  expect(simulator.accepted).toHaveLength(1);
});

test(
  'an archive that does not fit on the disk takes nothing out of Redis',
  needing('sh'),
  async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'no-room' });
    const worker = startFerry(['work'], env);
    const file = await manifestFile('no-room', 60);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    await worker.stop();
    const before = await redis.client.keys('{imsferry:no-room}:i:*');
    const folder = await archiveFolder();
    // Files of this process end after 512 or 1,024 bytes, as on a disk that is full.
    const limited = 'ulimit -f 1; exec "$@"';
    const archive = [process.execPath, CLI, 'archive', 'no-room', '--to', folder];
    const { code, stderr } = await runProgram('sh', ['-c', limited, 'sh', ...archive], {
      env: { PATH: process.env['PATH'], ...env },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('Nothing was removed.');
    expect(stderr).toContain('EFBIG');
    expect(await filesIn(folder)).toEqual([]);
    expect(await redis.client.keys('{imsferry:no-room}:i:*')).toHaveLength(before.length);
    const again = await runFerry(['archive', 'no-room', '--to', folder], env);
    expect(again).toMatchObject({ code: 0, stderr: 'Batch no-room: 60 images archived.\n' });
  },
);
