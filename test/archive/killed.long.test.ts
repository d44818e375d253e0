import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CACHE } from '../../scripts/soak/ferry-process.ts';
import { openArchive } from '../../src/shared/archive/read-archive.ts';
import { archiveFolder, filesIn, ledgerKeysOf, settle } from '../support/archive-parts.ts';
import { runFerry } from '../support/ferry.ts';
import { manifestImages } from '../support/images.ts';
import { AT, type RegisteredParts, registered } from '../support/ledger-parts.ts';
import { startProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const PROGRAM = fileURLToPath(new URL('dying-archiver.ts', import.meta.url));
/** Images that leave Redis in one step. */
const PAGE = 100;
/** More than two of those. */
const IMAGES = 250;

const envOf = () => ({
  REDIS_URL: server.url,
  IMS_FERRY_NAMESPACE: 'test',
  IMS_FERRY_LOCK_MS: '500',
});

async function finishedBatch(): Promise<RegisteredParts> {
  const parts = await registered(server.client, IMAGES);
  for (let index = 0; index < IMAGES; index += 1) await settle(parts, index, 'cancelled');
  return parts;
}

async function dieAt(call: string, folder: string): Promise<void> {
  const child = startProgram('node', [PROGRAM, folder], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: CACHE, ...envOf(), DIE_AT: call },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

async function countIn(file: string): Promise<number> {
  const { images } = await openArchive(file);
  let count = 0;
  for await (const _ of images) count += 1;
  return count;
}

const archiveAgain = (folder: string) => runFerry(['archive', 'b', '--to', folder], envOf());

test.each([
  ['before the file is written', 'stories 1', IMAGES],
  ['between the file and the removal', 'mark 2', IMAGES],
  ['in the middle of the removal', 'takeOut 2', IMAGES - PAGE],
  ['when only the batch is left', 'forget 1', 0],
])('killed %s, it ends in the same place when it is run again', async (_, call, left) => {
  const parts = await finishedBatch();
  const folder = await archiveFolder();
  await dieAt(call, folder);
  expect((await parts.batches.summary('b'))?.total).toBe(left);
  const again = await archiveAgain(folder);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain(`Batch b: ${IMAGES} images archived.\n`);
  expect(await ledgerKeysOf(server.client)).toEqual([]);
  const whole = (await filesIn(folder)).filter((file) => file.endsWith('.gz'));
  expect(whole).toEqual([again.stdout.trim()]);
  expect(await countIn(again.stdout.trim())).toBe(IMAGES);
});

test('killed half-way, and submitted again before it is run again: nothing of the batch is missing', async () => {
  const parts = await finishedBatch();
  const folder = await archiveFolder();
  await dieAt('takeOut 2', folder);
  const retry = await runFerry(['retry', 'b'], envOf());
  expect(retry).toMatchObject({ code: 2 });
  expect(retry.stderr).toContain('is being archived to');
  await parts.batches.register('b', manifestImages(IMAGES), AT);
  expect(await parts.batches.summary('b')).toMatchObject({
    total: IMAGES,
    counts: { pending: PAGE, cancelled: IMAGES - PAGE },
  });
  expect((await archiveAgain(folder)).stderr).toContain(
    `Batch b has ${PAGE} of ${IMAGES} images without an outcome.\n`,
  );
  expect((await parts.batches.summary('b'))?.total).toBe(IMAGES);
});

test('half archived, and its file is elsewhere: it says where, and takes a file that is brought', async () => {
  const parts = await finishedBatch();
  const [folder, other] = [await archiveFolder(), await archiveFolder()];
  await dieAt('takeOut 2', folder);
  const [file = ''] = (await filesIn(folder)).filter((name) => name.endsWith('.gz'));
  const hidden = file.replace(folder, other);
  await rename(file, hidden);
  const away = await archiveAgain(folder);
  expect(away.code).toBe(1);
  expect(away.stderr).toContain(`its file is not here: ${file} on `);
  expect((await parts.batches.summary('b'))?.total).toBe(IMAGES - PAGE);
  const found = await archiveAgain(other);
  expect(found).toMatchObject({ code: 0, stdout: `${hidden}\n` });
  expect(await ledgerKeysOf(server.client)).toEqual([]);
});
