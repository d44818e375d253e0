import { expect, test } from 'vitest';
import { KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

test('a record of a deletion that somebody has damaged keeps nobody from deleting', async () => {
  const { removals } = openLedgerParts(server.client).ledger;
  const record = { key: 'k', name: 'a', kind: 'prune', at: 1 };
  await server.client.hset(KEYS.removals, { i: JSON.stringify(record), j: '{', k: '[]' });
  expect(await removals.open()).toEqual([{ ...record, imageId: 'i' }]);
});
