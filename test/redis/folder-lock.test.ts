import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FolderLock, lockFolder } from '../../src/shared/redis/folder-lock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('of many that find a dead owner at once, one gets the folder', async () => {
  const folder = await newFolder();
  await symlink('1-gone', join(folder, 'lock.7'));
  const owned: FolderLock[] = [];
  for (let round = 0; round < 10; round += 1) {
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, () => lockFolder(folder, systemRandom)),
    );
    const won = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    owned.push(...won);
    await owned.pop()?.release();
  }
  expect(await readdir(folder)).toEqual(['lock.17']);
});

test('an owned folder is refused with the process that owns it, until that releases it', async () => {
  const folder = await newFolder();
  const lock = await lockFolder(folder, systemRandom);
  await expect(lockFolder(folder, systemRandom)).rejects.toThrow(
    `Another ims-ferry up (process ${process.pid}) works with ${folder}.`,
  );
  await lock.release();
  await (await lockFolder(folder, systemRandom)).release();
});
