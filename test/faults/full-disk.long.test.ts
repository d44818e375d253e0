import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { needing, runProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();
const IMAGES = 200;

/** A disk of its own, of this many KB. */
async function smallDisk(kilobytes: number): Promise<string> {
  const folder = await dropFolder();
  const type = ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'none', folder];
  expect((await runProgram('mount', type)).code).toBe(0);
  onTestFinished(async () => void (await runProgram('umount', [folder])));
  return folder;
}

/** Takes all the room there is. */
async function fill(folder: string): Promise<string> {
  const filler = join(folder, 'filler');
  await writeFile(filler, Buffer.alloc(10_000_000)).catch(() => undefined);
  return filler;
}

test(
  'a full disk under receipts, state folder and archives: imports continue, nothing leaves Redis',
  needing('the right to mount', 'mount', 'umount'),
  async () => {
    const simulator = await cloud({ duration: 100, taskLimit: 1000 });
    const disk = await smallDisk(256);
    const filler = await fill(disk);
    const [receipts, archives] = [join(disk, 'receipts'), join(disk, 'archives')];
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'full-disk',
      IMS_FERRY_STATE_DIR: join(disk, 'state'),
    });
    const folder = await dropFolder();
    const names = Array.from({ length: IMAGES }, (_, at) => `image-${at}`);
    await writeFile(join(folder, 'x.yaml'), manifestText(names));
    const worker = startFerry(['work'], env);
    const often = ['--settle', '0.3', '--rescan', '0.3', '--receipts', receipts];
    const watcher = startFerry(['watch', folder, ...often], env);
    await watcher.says('receipts cannot be written');
    await worker.says('ledger generation not kept on disk');
    await watcher.says('manifest finished');
    const archive = ['archive', 'x', '--to', archives];
    const full = await runFerry(archive, env);
    expect(full.code).toBe(2);
    expect(full.stderr).toMatch(/Cannot write batch x to .* \(ENOSPC\)\. Nothing was removed\./);
    expect(await redis.client.keys('{imsferry:full-disk}:i:*')).toHaveLength(IMAGES);

    await rm(filler);
    await watcher.says('receipts are written again');
    await until(async () => (await receiptOf(receipts, 'x.yaml'))?.ok === true);
    expect((await runFerry(archive, env)).code).toBe(0);
    expect((await readdir(archives)).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
    expect(await redis.client.keys('{imsferry:full-disk}:i:*')).toEqual([]);
    const more = join(await dropFolder(), 'y.yaml');
    await writeFile(more, manifestText(['one-more']));
    expect((await runFerry(['submit', '--wait', more], env)).code).toBe(0);
    await worker.says('ledger generation is kept on disk again');
    expect(doubles(simulator)).toEqual([]);
    expect(simulator.accepted).toHaveLength(IMAGES + 1);
  },
);
