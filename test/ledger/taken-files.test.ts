import { expect, test } from 'vitest';
import { KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

test('a record of a taken file that somebody has damaged counts as forgotten', async () => {
  const { files } = openLedgerParts(server.client).project;
  await server.client.hset(KEYS.files, { a: '{', b: '{"sha256":1}' });
  expect([await files.get('a'), await files.get('b')]).toEqual([undefined, undefined]);
  const taken = { sha256: 'x', batch: 'c', at: 1 };
  await files.set('a', taken);
  expect(await files.get('a')).toEqual(taken);
});
