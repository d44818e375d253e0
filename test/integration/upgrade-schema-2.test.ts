import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { takeOver } from '../../src/worker/maintenance/maintenance.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { manifestWithCopies } from '../support/copies.ts';
import { runFerry } from '../support/ferry.ts';
import { loadLedgerDump, readLedgerDump } from '../support/ledger-fixture.ts';
import { INTENT } from '../support/ledger-parts.ts';
import { textFile } from '../support/manifest-file.ts';
import { keyOf } from '../support/older-version.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const PREFIX = '{imsferry:default}:';
const META = `${PREFIX}meta`;
/** Of the last version with schema 2. */
const ADMIT = new URL('../fixtures/ledgers/admit-schema-2.lua', import.meta.url);
const dump = () => readLedgerDump('schema-2', new Map());
const stores = () => {
  const keys = ledgerKeys('default');
  return { ledger: new ImportStore(redis.client, keys), guard: new GuardStore(redis.client, keys) };
};

async function admitAsOldWorker({ key, revision }: LedgerEntry): Promise<string> {
  const arg = { prefix: PREFIX, key, revision: String(revision), schema: 2, seen: 0 };
  const script = readFileSync(ADMIT, 'utf8');
  const answer = await redis.client.eval(script, 1, `${PREFIX}i:${key}`, JSON.stringify(arg));
  return (answer as string[])[0] ?? '';
}

test('a worker of schema 2 is refused at admission, and creates wait until it has ended', async () => {
  await loadLedgerDump(redis.client, dump());
  const alive = 1000 * Number((await redis.client.time())[0]) + 60_000;
  await redis.client.zadd(`${PREFIX}workers`, alive, 'old-worker');
  const { ledger, guard } = stores();
  const waiting = await ledger.read(keyOf('waiting'));
  if (!waiting) throw new Error('not in the dump');
  expect(await admitAsOldWorker(waiting)).not.toBe('newer');
  expect(await ledger.admit(waiting, INTENT)).toEqual({ kind: 'index' });
  const before = await redis.client.hgetall(META);
  await takeOver({ ledger, guard, log: silentLogger() });
  expect(await admitAsOldWorker(waiting)).toBe('newer');
  expect((await guard.waiting())?.ms).toBeGreaterThan(60_000);
  expect(await ledger.admit(waiting, INTENT)).not.toMatchObject({ kind: 'admitted' });
  // Neither the index nor the time begins again: what waits, waits for as long as before.
  expect(await ledger.owners.isComplete()).toBe(true);
  const after = await redis.client.hgetall(META);
  expect(after['unindexed']).toBeUndefined();
  expect(after['time']).toBe(before['time']);
});

test('copies and members are registered in no ledger that a worker of schema 2 may still write', async () => {
  await loadLedgerDump(redis.client, dump());
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url);
  const refused = await runFerry(['submit', await manifestWithCopies('early')], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('has schema 2, and copies: needs 3');
  expect(refused.stderr).toContain('Start a worker of this version');
  expect(await redis.client.exists(`${PREFIX}m:early`)).toBe(0);
  // An older worker would send these as fields of the create.
  const text = `name: shared
defaults: { min_disk: 40, members: ["${'f'.repeat(32)}"] }
images: [{ name: web, image_url: "bucket:ok/web.qcow2" }]
`;
  const shared = await runFerry(['submit', await textFile('shared.yaml', text)], env);
  expect(shared.stderr).toContain('has schema 2, and members: needs 3');
  expect(await redis.client.exists(`${PREFIX}m:shared`)).toBe(0);
  const { ledger, guard } = stores();
  await takeOver({ ledger, guard, log: silentLogger() });
  const taken = await runFerry(['submit', await manifestWithCopies('early')], env);
  expect(taken.stderr).not.toContain('schema');
  expect(await redis.client.zcard(`${PREFIX}m:early`)).toBe(3);
});
