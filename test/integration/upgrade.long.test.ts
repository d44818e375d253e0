import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { buildIndex, takeOver } from '../../src/worker/maintenance/maintenance.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { loadLedgerDump, readLedgerDump } from '../support/ledger-fixture.ts';
import { INTENT } from '../support/ledger-parts.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { type Accepted, createAll, keyOf } from '../support/older-version.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** The first word of what the script of schema 1 answers. */
async function admitAsOldWorker({ key, revision }: LedgerEntry): Promise<string> {
  const script = readFileSync(ADMIT_OF_SCHEMA_1, 'utf8');
  const args = [PREFIX, key, revision, 0, 0, 0, 0, 'old', 0, 1, '', 'state', 'submitting'];
  const answer = await redis.client.eval(script, 1, `${PREFIX}i:${key}`, ...args);
  return (answer as string[])[0] ?? '';
}

/** The two images that were in the hands of IMS when the first ledger was recorded. */
const RUNNING: readonly Accepted[] = [
  { name: 'running', key: 't3g81UDKwDSY7mavqBxIEmYD9GbSd2SPZQiQRMKfx1c' },
  { name: 'running-too', key: 'dQTF6QJ_RBkNk_I7aNC3m_UoM3Z0eP6pJeTpsFYu9Ts' },
];
const RECORDED_JOBS = ['ff80801dd5c13170c59c47208336acb7', 'ff808015063e1f378cc929881f0a257f'];

/** What was on its way in every way there is when the second one was. */
const ON_ITS_WAY = ['running', 'named', 'found', 'unclear', 'lost', 'sending'];
const ADMIT_OF_SCHEMA_1 = new URL('../fixtures/ledgers/admit-schema-1.lua', import.meta.url);
const PREFIX = '{imsferry:default}:';

test('a ledger of schema 1 with imports in flight is taken over, and nothing in it is lost', async () => {
  // Another seed than when it was recorded: no two images of a cloud have one id.
  const simulator = await cloud({ duration: 1500, seed: 2 });
  const made = await createAll(simulator, RUNNING);
  const jobs = made.map(({ jobId }, index) => [RECORDED_JOBS[index] ?? '', jobId] as const);
  const dump = readLedgerDump('schema-1', new Map(jobs));
  await loadLedgerDump(redis.client, dump);
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_LOCK_MS: '1000' });
  startFerry(['work'], env);
  const counts = async () =>
    JSON.parse((await runFerry(['status', 'upgrade', '--json'], env)).stdout).counts;
  await until(async () => (await counts()).succeeded === 5);
  expect(await counts()).toMatchObject({ succeeded: 5, failed: 1, unknown: 1, held: 1 });
  // Two were running, two were waiting; what had its outcome was left alone.
  expect(simulator.accepted).toHaveLength(4);
  expect(doubles(simulator)).toEqual([]);
  expect(await redis.client.hget('{imsferry:default}:meta', 'schema')).toBe('3');
  for (const [key, fields] of Object.entries(dump)) {
    if (!key.includes(':i:')) continue;
    const now = await redis.client.hgetall(key);
    // Who sends is asked of an image that is being submitted only.
    const { sender: _, ...lasting } = fields;
    for (const field of Object.keys(lasting)) expect(now, key).toHaveProperty(field);
    for (const json of ['request', 'detail', 'batches', 'strays', 'stray_images']) {
      expect(() => JSON.parse(now[json] ?? ''), `${key} ${json}`).not.toThrow();
    }
  }
});

test('imports that were on their way in any state are followed, and their images entered', async () => {
  const simulator = await cloud({ duration: 1500 });
  const made = await createAll(
    simulator,
    ON_ITS_WAY.map((name) => ({ name, key: keyOf(name) })),
  );
  const names = made.flatMap(({ jobId, imageId }, index) => [
    [`JOB-OF-${ON_ITS_WAY[index]}`, jobId] as const,
    [`IMAGE-OF-${ON_ITS_WAY[index]}`, imageId] as const,
  ]);
  await loadLedgerDump(redis.client, readLedgerDump('schema-1-in-flight', new Map(names)));
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_LOCK_MS: '1000',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
  });
  startFerry(['work'], env);
  const counts = async () =>
    JSON.parse((await runFerry(['status', 'upgrade', '--json'], env)).stdout).counts;
  // Those on their way, the one that waited, and two that had succeeded before.
  await until(async () => (await counts()).succeeded === 9);
  expect(await counts()).toMatchObject({ held: 2, failed: 2, cancelled: 1 });
  expect(simulator.accepted).toHaveLength(7);
  expect(doubles(simulator)).toEqual([]);
  const expected = new Map([
    ...made.map(({ imageId }, index) => [imageId, keyOf(ON_ITS_WAY[index] ?? '')] as const),
    ['IMAGE-OF-done', keyOf('done')],
    ['IMAGE-OF-done-disk', keyOf('done')],
    ['IMAGE-OF-double-too', keyOf('double')],
  ]);
  const { owners } = new ImportStore(redis.client, ledgerKeys('default'));
  expect(await owners.of([...expected.keys()])).toEqual(expected);
  expect(await redis.client.hget(`${PREFIX}meta`, 'unindexed')).toBeNull();
});

test('a worker of schema 1 is refused at admission, and creates wait until it has ended', async () => {
  await loadLedgerDump(redis.client, readLedgerDump('schema-1-in-flight', new Map()));
  const [now = ''] = await redis.client.time().then((time) => time.map(String));
  const alive = 1000 * Number(now) + 60_000;
  await redis.client.zadd(`${PREFIX}workers`, alive, 'old-worker');
  const ledger = new ImportStore(redis.client, ledgerKeys('default'));
  const guard = new GuardStore(redis.client, ledgerKeys('default'));
  const waiting = await ledger.read(keyOf('waiting'));
  if (!waiting) throw new Error('not in the dump');
  const oldWorker = () => admitAsOldWorker(waiting);
  expect(await oldWorker()).not.toBe('newer');
  expect(await ledger.admit(waiting, INTENT)).toEqual({ kind: 'index' });
  await takeOver({ ledger, guard, log: silentLogger() });
  expect(await oldWorker()).toBe('newer');
  expect(await ledger.admit(waiting, INTENT)).toEqual({ kind: 'index' });
  await buildIndex({ ledger, guard, log: silentLogger() });
  // What an old worker does until it ends is not in an index that is built before.
  expect(await ledger.owners.isComplete()).toBe(false);
  expect((await guard.waiting())?.ms).toBeGreaterThan(60_000);
  await redis.client.hdel(`${PREFIX}meta`, 'frozen_until');
  await buildIndex({ ledger, guard, log: silentLogger() });
  expect(await ledger.owners.isComplete()).toBe(true);
  expect(await ledger.admit(waiting, INTENT)).not.toEqual({ kind: 'index' });
});

test('a time of the fleet that a command began long before the upgrade is brought forward', async () => {
  await loadLedgerDump(redis.client, readLedgerDump('schema-1-in-flight', new Map()));
  const meta = `${PREFIX}meta`;
  const wallNow = 1000 * Number((await redis.client.time())[0]);
  await redis.client.hset(meta, 'time', wallNow - 2 * 86_400_000, 'step', 5000, 'tick', '');
  const ledger = new ImportStore(redis.client, ledgerKeys('default'));
  const guard = new GuardStore(redis.client, ledgerKeys('default'));
  await takeOver({ ledger, guard, log: silentLogger() });
  expect(Number(await redis.client.hget(meta, 'time'))).toBeGreaterThanOrEqual(wallNow);
  expect(Number(await redis.client.hget(meta, 'stamped'))).toBeGreaterThanOrEqual(wallNow);
});

test('a worker ends with one line when a newer version has taken the ledger over', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  await redis.client.hset('{imsferry:default}:meta', 'schema', '4');
  expect(await worker.exited).toBe(2);
  const lines = worker.stderr().match(/The ledger in Redis has schema 4/g);
  expect(lines).toHaveLength(1);
  const submitted = await runFerry(['submit', await manifestFile('newer', 1)], env);
  expect(submitted.code).toBe(2);
  expect(simulator.stats.posts).toBe(0);
  const again = await runFerry(['work'], env);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('The ledger in Redis has schema 4, this version knows 3.');
  expect(again.stderr).not.toMatch(/^ +at /m);
});
