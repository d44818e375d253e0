import {
  type FileHandle,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLogger, silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { watchGeneration } from '../../src/worker/generation.ts';

const KEPT = 'ledger generation not kept on disk';
const AGAIN = 'ledger generation is kept on disk again';

test('a state folder that cannot be written is reported once, with advice, and tried again', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ims-ferry-test-state-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const folder = join(home, 'state');
  // A file in the place of the folder: even root cannot write into it.
  await writeFile(folder, '');
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
  const open = (workerId: string) =>
    watchGeneration({ clock: systemClock, folder, ledger: 'l', workerId, log });
  const watch = await open('a');
  await Promise.all([watch.note(3), watch.note(4)]);
  expect(watch.seen).toBe(4);
  expect(lines).toEqual([expect.objectContaining({ msg: KEPT, folder })]);
  expect(lines[0]).toMatchObject({ advice: expect.stringContaining('IMS_FERRY_STATE_DIR') });
  await rm(folder);
  await Promise.all([watch.note(5), watch.note(6)]);
  expect(lines.map(({ msg }) => msg)).toEqual([KEPT, AGAIN]);
  await watch.close();
  const next = await open('b');
  expect(next.seen).toBe(6);
  await next.close();
});

async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A disk that a test may break: `bytes` of a write fit, and what was written may not be synced. */
function brittleDisk() {
  const disk = { bytes: Number.POSITIVE_INFINITY, syncs: true, held: Promise.resolve() };
  const open = async (path: string, flags: string, mode?: number): Promise<FileHandle> => {
    const handle = await openFile(path, flags, mode);
    const write = async (text: string, at: number) => {
      await disk.held;
      return handle.write(text.slice(0, disk.bytes), at);
    };
    const datasync = () => (disk.syncs ? handle.datasync() : Promise.reject(new Error('EIO')));
    const given = { write, datasync, stat: () => handle.stat(), close: () => handle.close() };
    return given as unknown as FileHandle;
  };
  return { disk, open };
}

const log = silentLogger();

describe('what a worker has kept', () => {
  test('is not believed where its last write failed, or fitted only in part', async () => {
    const folder = await stateFolder();
    const { disk, open } = brittleDisk();
    const watch = await watchGeneration({
      clock: systemClock,
      folder,
      ledger: 'l',
      workerId: 'a',
      log,
      open,
    });
    expect([await watch.note(3), watch.isKept]).toEqual([true, true]);
    disk.syncs = false;
    expect([await watch.note(4), watch.isKept]).toEqual([false, false]);
    disk.syncs = true;
    disk.bytes = 5;
    expect([await watch.note(4), watch.isKept]).toEqual([false, false]);
    disk.bytes = 16;
    expect([await watch.note(4), watch.isKept]).toEqual([true, true]);
    await watch.close();
  });

  test('is believed for a number that another call is still writing only when it is written', async () => {
    const folder = await stateFolder();
    const { disk, open } = brittleDisk();
    const watch = await watchGeneration({
      clock: systemClock,
      folder,
      ledger: 'l',
      workerId: 'a',
      log,
      open,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    disk.held = promise;
    const higher = watch.note(9);
    let isNoted = false;
    const lower = watch.note(8).then(() => {
      isNoted = true;
    });
    await new Promise(setImmediate);
    expect(isNoted).toBe(false);
    resolve();
    await Promise.all([higher, lower]);
    await watch.close();
  });

  test('proves nothing where the file holds no whole number', async () => {
    const folder = await stateFolder();
    const left = await watchGeneration({
      clock: systemClock,
      folder,
      ledger: 'l',
      workerId: 'a',
      log,
    });
    await left.note(7);
    await left.close();
    const here = await watchGeneration({
      clock: systemClock,
      folder,
      ledger: 'l',
      workerId: 'b',
      log,
    });
    const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('-a'));
    for (const text of ['', '00000', '7', 'x'.repeat(16)]) {
      await writeFile(join(folder, name), text);
      expect(await here.learnFrom(['a'])).toEqual([]);
    }
    await writeFile(join(folder, name), '0000000000000012');
    expect([await here.learnFrom(['a']), here.seen]).toEqual([['a'], 12]);
    await here.close();
  });

  test('stays on the disk while it lives, and is written again when somebody deletes it', async () => {
    const folder = await stateFolder();
    const open = (workerId: string) =>
      watchGeneration({ clock: systemClock, folder, ledger: 'l', workerId, log });
    const slow = await open('slow');
    await slow.note(2);
    const quick = await open('quick');
    await quick.note(8);
    const third = await open('third');
    const nameOf = async (id: string) =>
      join(folder, (await readdir(folder)).find((file) => file.endsWith(`-${id}`)) ?? '?');
    const file = await nameOf('slow');
    expect(await readFile(file, 'utf8')).toMatch(/^0+2$/);
    await rm(file);
    await slow.note(2);
    expect(await readFile(file, 'utf8')).toMatch(/^0+2$/);
    // One that was left long ago and says less than others goes.
    await utimes(await nameOf('slow'), 0, 0);
    const later = await watchGeneration({
      clock: systemClock,
      folder,
      ledger: 'l',
      workerId: 'later',
      log,
    });
    expect(await readdir(folder)).toHaveLength(3);
    await Promise.all([slow, quick, third, later].map((watch) => watch.close()));
  });
});
