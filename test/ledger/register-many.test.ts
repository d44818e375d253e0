import { expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const images = manifestImages(250);
const keys = images.map(({ request }) => importKey(request));

test('hundreds of images are registered as each alone would be, in their order', async () => {
  const { batches } = openLedgerParts(server.client);
  const found = await batches.register('b', images, AT);
  expect(found.map(({ key, kind }) => [key, kind])).toEqual(keys.map((key) => [key, 'new']));
  expect(await batches.members('b', 0, 1000)).toEqual(keys);
  expect((await batches.summary('b'))?.counts).toMatchObject({ pending: 250 });
  expect(await server.client.zcount(KEYS.due, AT.due, AT.due)).toBe(250);
  const { registered_at, story, ...rest } = await server.client.hgetall(
    KEYS.import(keys[249] ?? ''),
  );
  expect(rest).toEqual({
    ...{ state: 'pending', epoch: '0', attempt: '1', revision: '1', queued: '0', batches: '["b"]' },
    request:
      '{"copy":1,"image_url":"bucket:images/image-250.qcow2","kind":"system","min_disk":40,"name":"image-250","quick_import":false}',
  });
  expect(story).toBe(`${registered_at} registered in batch b\n`);
});

test('one page may hold images that are new, known, shared and over; a batch that was over is open again', async () => {
  const { batches, ledger } = openLedgerParts(server.client);
  await batches.register('one', images.slice(0, 2), AT);
  await ledger.change(keys[0] ?? '', { type: 'cancel' }, AT);
  await batches.register('b', images.slice(0, 1), AT);
  expect((await batches.summary('b'))?.finishedAt).toBeDefined();
  const found = await batches.register('b', images.slice(0, 120), AT);
  expect(found.slice(0, 3).map(({ kind }) => kind)).toEqual(['cancelled', 'pending', 'new']);
  const summary = await batches.summary('b');
  expect(summary?.counts).toMatchObject({ pending: 119, cancelled: 1 });
  expect(summary?.finishedAt).toBeUndefined();
  expect(await batches.members('b', 0, 1000)).toEqual(keys.slice(0, 120));
  await batches.register('b', images, AT);
  expect(await batches.members('b', 0, 1000)).toEqual(keys);
});

test('one that is of another kind is recreated, all of them are counted, and doing it again changes nothing', async () => {
  const { batches } = openLedgerParts(server.client);
  const wrong = KEYS.import(keys[40] ?? '');
  await server.client.set(wrong, 'of another kind');
  const found = await batches.register('b', images, AT);
  expect(found.filter(({ kind }) => kind === 'new')).toHaveLength(249);
  expect((await batches.summary('b'))?.counts).toMatchObject({ pending: 250 });
  expect(await server.client.zcard(KEYS.due)).toBe(250);
  const again = await batches.register('b', images, AT);
  expect(again.filter(({ kind }) => kind === 'pending')).toHaveLength(250);
  expect((await batches.summary('b'))?.counts).toMatchObject({ pending: 250 });
});
