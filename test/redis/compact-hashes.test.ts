import { expect, test } from 'vitest';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { COMPACT_HASHES, hasCompactHashes } from '../../src/shared/redis/redis-facts.ts';
import { manifestImages } from '../support/images.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const KEYS = ledgerKeys('compact');

async function encodingOfAnImport(): Promise<string> {
  const batches = new BatchStore(redis.client, KEYS);
  await batches.register('b', manifestImages(1), { now: 1, due: 2 });
  const [name = ''] = await redis.client.keys(`${KEYS.import('*')}`);
  return String(await redis.client.object('ENCODING', name));
}

test('a Redis with our setting packs imports, and reports it', async () => {
  await redis.client.config('SET', COMPACT_HASHES.name, COMPACT_HASHES.bytes);
  expect(await hasCompactHashes(redis.client)).toBe(true);
  expect(await encodingOfAnImport()).toMatch(/^(list|zip)(pack|list)$/);
});

test('one with default settings does not', async () => {
  await redis.client.config('SET', COMPACT_HASHES.name, 64);
  expect(await hasCompactHashes(redis.client)).toBe(false);
  expect(await encodingOfAnImport()).toBe('hashtable');
});

test('one that keeps its settings to itself is not judged', async () => {
  const url = new URL(redis.url);
  await redis.client.acl('SETUSER', 'look', 'on', 'nopass', '~*', '+@all', '-config');
  const asked = redis.client.duplicate({
    username: 'look',
    password: 'any',
    port: Number(url.port),
  });
  expect(await hasCompactHashes(asked)).toBeUndefined();
  asked.disconnect();
});
