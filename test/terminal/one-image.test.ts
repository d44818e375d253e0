import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { runFerry } from '../support/ferry.ts';
import { imageRequest } from '../support/images.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const keys = ledgerKeys('test');
const run = (...args: string[]) =>
  runFerry(args, { REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' });

const COUNTS = ['pending', 'creating', 'succeeded', 'failed'];

/** A batch of images in these states, by name. */
async function batchOf(batch: string, states: Readonly<Record<string, [string, object]>>) {
  const images = Object.keys(states).map((name, line) => ({ request: imageRequest(name), line }));
  const { batches } = openLedgerParts(server.client);
  await batches.register(batch, images, AT);
  const members = await batches.members(batch, 0, 100);
  const all = Object.values(states);
  for (const [index, [state, detail]] of all.entries()) {
    const hash = keys.import(members[index] ?? '');
    await server.client.hset(hash, { state, detail: JSON.stringify(detail) });
  }
  for (const state of COUNTS) {
    const count = all.filter(([one]) => one === state).length;
    await server.client.hset(keys.batch(batch), `n:${state}`, count);
  }
  return members;
}

const failed = (code: string): [string, object] => [
  'failed',
  { reason: { code, message: 'not there', advice: 'Look into the bucket.' }, jobId: `j-${code}` },
];

describe('show', () => {
  test('has why an image failed, its ids, its request, what happened, and what to do', async () => {
    await batchOf('b', { 'web-1': failed('IMG.0057') });
    const { stdout, code } = await run('show', 'b', 'web-1');
    for (const text of [
      /^web-1 {2}failed\n/,
      'IMG.0057: not there\nLook into the bucket.',
      /IMS job +j-IMG\.0057/,
      /image_url +\S+/,
      /registered in batch b/,
      'next: ims-ferry retry b --name web-1',
    ]) {
      expect(stdout).toMatch(text);
    }
    expect(code).toBe(1);
  });

  test('says what an image that is pending again was stopped by, in words', async () => {
    const lastReason = { code: 'UND_ERR_SOCKET', message: 'the connection was closed' };
    await batchOf('b', { 'web-1': ['pending', { lastReason }] });
    const { stdout } = await run('show', 'b', 'web-1');
    expect(stdout).toContain('\nPending again after: the connection was closed\n');
  });

  test('finds an image by its marker or an id, and names similar ones', async () => {
    const [key = ''] = await batchOf('b', {
      'web-1': ['succeeded', { imageId: 'i-1', jobId: 'j-1' }],
      'web-10': ['pending', {}],
    });
    for (const id of [key, 'i-1', 'j-1', 'web-1']) {
      expect(await run('show', 'b', id)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^web-1 {2}succeeded\n/),
      });
    }
    const none = await run('show', 'b', 'web');
    expect(none.stderr).toContain('There are: web-1, web-10.');
    expect(none.code).toBe(2);
  });

  test('prints data with its story', async () => {
    await batchOf('b', { 'web-1': failed('IMG.0057') });
    const { stdout } = await run('show', 'b', 'web-1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      name: 'web-1',
      error: { code: 'IMG.0057' },
      request: { name: 'web-1' },
      story: [{ text: 'registered in batch b' }],
    });
  });
});

test('retry --code starts only what failed with that code', async () => {
  await batchOf('b', { a: failed('IMG.0057'), c: failed('IMG.0057'), d: failed('IMG.0026') });
  const none = await run('retry', 'b', '--code', 'IMG.0099');
  expect(none.stderr).toBe('Nothing to retry in batch b: no image failed with IMG.0099.\n');
  const some = await run('retry', 'b', '--code', 'IMG.0057', '--json');
  expect(JSON.parse(some.stdout)).toEqual({ version: 1, batch: 'b', started: 2, following: 0 });
  const left = await run('status', 'b', '--json', '--failed');
  expect(JSON.parse(left.stdout).images).toMatchObject([{ name: 'd' }]);
});

test('a finished batch cannot be paused, an unfinished one can', async () => {
  await batchOf('ended', { a: failed('IMG.0057'), c: ['succeeded', { imageId: 'i' }] });
  const refused = await run('pause', 'ended');
  expect(refused.stderr).toContain('Batch "ended" is finished: there is nothing to pause.');
  expect(refused.code).toBe(2);
  await batchOf('open', { e: ['pending', {}] });
  const paused = await run('pause', 'open', '--json');
  expect(JSON.parse(paused.stdout)).toMatchObject({ batch: 'open', paused: true, pending: 1 });
});

test('cancel --code takes only images that are pending again for this reason', async () => {
  const lastReason = { code: 'IMG.0060', message: 'too many tasks' };
  await batchOf('b', { again: ['pending', { lastReason }], new: ['pending', {}] });
  const cancelled = await run('cancel', 'b', '--code', 'IMG.0060');
  expect(cancelled.stderr).toContain('Batch b: 1 image cancelled.');
  expect((await run('cancel', 'b', '--code', 'IMG.0057')).stderr).toContain('0 images cancelled.');
  const { stdout } = await run('status', 'b', '--json');
  expect(JSON.parse(stdout).counts).toMatchObject({ cancelled: 1, pending: 1 });
});

test('an archived batch that is named is explained, with its file', async () => {
  await batchOf('old', { a: ['succeeded', { imageId: 'i' }] });
  await server.client.hset(keys.batch('old'), 'finished_at', '1700000000000');
  const folder = await mkdtemp(join(tmpdir(), 'ferry-archive-'));
  const env = {
    REDIS_URL: server.url,
    IMS_FERRY_NAMESPACE: 'test',
    IMS_FERRY_ARCHIVE_DIR: folder,
  };
  const archived = await runFerry(['archive', 'old'], env);
  expect(archived.stderr).toContain('archived');
  const [file = ''] = await readdir(folder);
  for (const args of [
    ['status', 'old'],
    ['show', 'old', 'a'],
    ['status', 'old', '--watch'],
  ]) {
    const { stderr, code } = await runFerry(args, env);
    expect(stderr).toContain('Batch "old" was archived at ');
    expect(stderr).toContain(`ims-ferry report --from ${join(folder, file)}`);
    expect(code).toBe(2);
  }
  expect((await runFerry(['status', 'nobody'], env)).stderr).toContain('There is no batch');
});
