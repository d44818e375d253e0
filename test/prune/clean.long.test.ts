import { expect, test } from 'vitest';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { importedWorld, putImage } from '../support/imported-images.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

test('what a failed import left is listed by reconcile, and removed by reconcile --clean --yes', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, server.url);
  const worker = startFerry(['work'], env);
  const file = await manifestFile('broken', 2, 'bucket:broken');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
  const good = await manifestFile('good', 1);
  expect((await runFerry(['submit', '--wait', good], env)).code).toBe(0);
  expect(await worker.stop()).toBe(0);

  const listed = await runFerry(['reconcile'], env);
  expect(listed.stdout).toContain('2 left by failed creates; reconcile --clean deletes 2');
  expect(listed.stdout).toContain('killed; its import has failed');
  const plan = await runFerry(['reconcile', '--clean'], env);
  expect(plan.stdout.match(/^delete {2}broken-00[12]/gm)).toHaveLength(2);
  expect(simulator.deleted).toEqual([]);
  const { code, stderr } = await runFerry(['reconcile', '--clean', '--yes'], env);
  expect([code, stderr]).toEqual([0, '2 images deleted.\n']);
  expect(simulator.deleted.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'broken-001',
    'broken-002',
  ]);
  const shown = await runFerry(['show', 'broken', 'broken-001'], env);
  expect(shown.stdout).toMatch(/cleaned up: image \S+ deleted/);
  expect(shown.stdout).not.toContain('Pruned');
  const json = JSON.parse((await runFerry(['reconcile', '--json'], env)).stdout) as object;
  expect(json).toMatchObject({ version: 1, leftovers: [] });

  // Nothing is in the way of a new attempt.
  const again = startFerry(['work'], env);
  await runFerry(['retry', 'broken'], env);
  await until(() => simulator.accepted.length === 5);
  expect(await again.stop()).toBe(0);
});

test('an image of an open import stays, whatever its status is', async () => {
  const simulator = await cloud({});
  const env = accountEnv(simulator, server.url);
  const world = importedWorld(simulator, server.client);
  const fields = { status: 'killed', created_at: '2026-01-01T00:00:00Z' };
  const key = await world.register('waiting');
  await putImage(simulator, { ...fields, name: 'waiting', tags: [`imsferry=${key}`] });
  const { code, stdout } = await runFerry(['reconcile', '--clean', '--yes'], env);
  expect([code, stdout]).toEqual([0, expect.stringContaining('killed; its import is pending')]);
  const entry = await world.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const held = { type: 'disputed', imageIds: [], areOurs: true, at: 1 } as const;
  const reason = { code: 'X', message: 'x' };
  const event = { ...held, of: stateVersion(entry), reason };
  await world.ledger.change(key, event, { now: 1, due: 9e12 });
  await runFerry(['reconcile', '--clean', '--yes'], env);
  expect(simulator.deleted).toEqual([]);
});

test('flags that do not go together are refused', async () => {
  const env = accountEnv(await cloud({}), server.url);
  for (const flags of [['--yes'], ['--clean', '--adopt'], ['--clean', '--plan', 'x']]) {
    expect((await runFerry(['reconcile', ...flags], env)).code).toBe(2);
  }
});
