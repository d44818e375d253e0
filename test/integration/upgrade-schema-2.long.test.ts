import { expect, test } from 'vitest';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { loadLedgerDump, readLedgerDump } from '../support/ledger-fixture.ts';
import { createAll, keyOf } from '../support/older-version.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** What IMS had accepted when the ledger was recorded; with this seed its ids are the same again. */
const ON_ITS_WAY = ['running', 'named', 'found', 'unclear', 'lost', 'sending'];
const SEED = 3;

test('a ledger of schema 2 is taken over with imports in every state, and its index is kept', async () => {
  const simulator = await cloud({ duration: 300, seed: SEED });
  const made = await createAll(
    simulator,
    ON_ITS_WAY.map((name) => ({ name, key: keyOf(name) })),
  );
  await loadLedgerDump(redis.client, readLedgerDump('schema-2', new Map()));
  const ledger = new ImportStore(redis.client, ledgerKeys('default'));
  const recorded = await ledger.read(keyOf('running'));
  expect(recorded?.state).toMatchObject({ jobId: made[0]?.jobId });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_LOCK_MS: '1000',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
  });
  const worker = startFerry(['work'], env);
  const counts = async () =>
    JSON.parse((await runFerry(['status', 'upgrade', '--json'], env)).stdout).counts;
  // Those on their way, two that waited, and two that had succeeded before.
  await until(async () => (await counts()).succeeded === 10);
  expect(await counts()).toMatchObject({ held: 1, failed: 2, cancelled: 1 });
  expect(simulator.accepted).toHaveLength(ON_ITS_WAY.length + 2);
  expect(doubles(simulator)).toEqual([]);
  expect(await redis.client.hget('{imsferry:default}:meta', 'schema')).toBe('3');
  expect(worker.stderr()).toContain('taking over the ledger of an older version');
  expect(worker.stderr()).not.toContain('entered in the index');
  const images = made.map(({ imageId }) => imageId);
  expect([...(await ledger.owners.of(images)).values()]).toEqual(ON_ITS_WAY.map(keyOf));
});
