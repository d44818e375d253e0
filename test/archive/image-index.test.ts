import { expect, test } from 'vitest';
import { archiveBatches } from '../../src/operator/archive/archive-batches.ts';
import { archiveDeps, archiveFolder, settle } from '../support/archive-parts.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

test('an image whose import was archived is free for no other import, and forgotten a day later', async () => {
  const parts = await registered(server.client, 2);
  await settle(parts, 0);
  await settle(parts, 1);
  const images: string[] = [];
  for (const { seenImageIds } of await parts.ledger.readMany(parts.members)) {
    images.push(...seenImageIds);
  }
  expect(images.length).toBeGreaterThan(0);
  const { owners } = parts.ledger;
  const before = await owners.of(images);
  const options = { batches: ['b'], olderThanMs: 0, folder: await archiveFolder() };
  await archiveBatches(archiveDeps(server.client, parts), options, () => undefined);
  expect(await parts.ledger.readMany(parts.members)).toEqual([]);
  await owners.forgetReleased();
  expect(await owners.of(images)).toEqual(before);
  expect(await server.client.zcard(KEYS.released)).toBe(before.size);

  // A day later; the first import is in the ledger again.
  for (const id of images) await server.client.zadd(KEYS.released, 1, id);
  await parts.batches.register('b', manifestImages(1), AT);
  await owners.forgetReleased();
  const first = [...before].filter(([, key]) => key === parts.members[0]);
  expect(await owners.of(images)).toEqual(new Map(first));
  expect(await server.client.zcard(KEYS.released)).toBe(0);
});
