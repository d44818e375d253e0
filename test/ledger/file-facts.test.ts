import { expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { createHeaderCache } from '../../src/shared/ledger/header-cache.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const [image] = manifestImages(1);
if (!image) throw new Error('no image');
const key = importKey(image.request);
const FACTS = { bytes: 5, virtualBytes: 10, format: 'qcow2' };

test('what is known of a file is kept with its import, and replaced when it is submitted again', async () => {
  const { batches, ledger } = openLedgerParts(server.client);
  await batches.register('b', [{ ...image, file: FACTS }], AT);
  expect((await ledger.read(key))?.file).toEqual(FACTS);
  await batches.register('b', [image], AT);
  expect((await ledger.read(key))?.file).toEqual(FACTS);
  await batches.register('b', [{ ...image, file: { bytes: 7 } }], AT);
  expect((await ledger.read(key))?.file).toEqual({ bytes: 7 });
});

test.each(['', 'no json', '{"bytes":-1}', '{"bytes":"5"}', '[]', '{"format":"raw"}'])(
  'an odd field counts as nothing known: %s',
  async (odd) => {
    const { batches, ledger } = openLedgerParts(server.client);
    await batches.register('b', [image], AT);
    await server.client.hset(KEYS.import(key), 'file', odd);
    const entry = await ledger.read(key);
    expect(entry?.request.name).toBe(image.request.name);
    expect(entry?.file).toBeUndefined();
  },
);

const FILE = {
  format: 'vmdk',
  virtualBytes: 9,
  isBios: true,
  faults: [{ code: 'CUT_OFF', message: 'it ends early', advice: 'upload it again' }],
} as const;
const OF = { etag: 'e1', bytes: 100 };

function cacheOf(version = '1.0.0') {
  return createHeaderCache({ redis: server.client, keys: KEYS, version });
}

test('a header that was read is known again for the same ETag, size and version only', async () => {
  const cache = cacheOf();
  await cache.set('bucket:a.vmdk', OF, FILE);
  expect(await cache.get('bucket:a.vmdk', OF)).toEqual(FILE);
  expect(await cache.get('bucket:a.vmdk', { ...OF, etag: 'e2' })).toBeUndefined();
  expect(await cache.get('bucket:a.vmdk', { ...OF, bytes: 101 })).toBeUndefined();
  expect(await cache.get('bucket:b.vmdk', OF)).toBeUndefined();
  expect(await cacheOf('1.0.1').get('bucket:a.vmdk', OF)).toBeUndefined();
  expect(await server.client.pttl(KEYS.headers)).toBeGreaterThan(0);
});

test.each([
  '',
  'null',
  '{"etag":"e1","bytes":100,"by":"1.0.0"}',
  '{"etag":"e1","bytes":100,"by":"1.0.0","file":{"format":"toString","faults":[]}}',
  '{"etag":"e1","bytes":100,"by":"1.0.0","file":{"format":"raw","faults":[{"code":"?"}]}}',
])('one that is kept damaged is read again: %s', async (odd) => {
  const cache = cacheOf();
  await cache.set('bucket:a.vmdk', OF, FILE);
  const [field = ''] = await server.client.hkeys(KEYS.headers);
  await server.client.hset(KEYS.headers, field, odd);
  expect(await cache.get('bucket:a.vmdk', OF)).toBeUndefined();
});

test('a key of another type costs nothing but the cache, nor does a header that is too long', async () => {
  const cache = cacheOf();
  const long = { ...FILE, faults: [{ ...FILE.faults[0], message: 'x'.repeat(5000) }] };
  await cache.set('bucket:a.vmdk', OF, long);
  expect(await server.client.exists(KEYS.headers)).toBe(0);
  await server.client.set(KEYS.headers, 'of another kind');
  await cache.set('bucket:a.vmdk', OF, FILE);
  expect(await cache.get('bucket:a.vmdk', OF)).toBeUndefined();
});
