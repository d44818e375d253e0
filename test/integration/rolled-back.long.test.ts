import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { takeSnapshot } from '../support/snapshot.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

/** IMS lists an image only 1.5 s after it has accepted it: a scan alone would come too early. */
function lateListing(): Promise<Simulator> {
  return cloud({ duration: 4000, listingDelayMs: 1500 });
}

function envOf(simulator: Simulator, more: FerryEnv = {}): FerryEnv {
  return accountEnv(simulator, server.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
    ...more,
  });
}

test('a Redis that is put back to an older state under a worker creates nothing twice', async () => {
  const simulator = await lateListing();
  const env = envOf(simulator);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('back', 6);
  await runFerry(['submit', file], env);
  const goBack = await takeSnapshot(server.client);
  await until(() => simulator.accepted.length === 6);
  await goBack();
  await worker.says('Redis has lost writes');
  const { code } = await runFerry(['submit', '--wait', file], env);
  expect(code).toBe(0);
  expect(simulator.accepted).toHaveLength(6);
  expect(doubles(simulator)).toEqual([]);
});

test('one that is put back while no worker runs is noticed by the next worker of the host', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const simulator = await lateListing();
  // As long as creates are held off: time enough to be looked at.
  const env = envOf(simulator, {
    IMS_FERRY_STATE_DIR: folder,
    IMS_FERRY_UNKNOWN_WINDOW_MS: '12000',
  });
  const file = await manifestFile('noticed', 4);
  await runFerry(['submit', file], env);
  // Before a worker is there: it must not be as far as it will be.
  const goBack = await takeSnapshot(server.client);
  const first = spawnFerry(['work'], env);
  await until(() => simulator.accepted.length === 4);
  first.process.kill('SIGKILL');
  await first.exited;
  await goBack();
  const second = startFerry(['work'], env);
  await second.says('Redis has lost writes');
  const status = await runFerry(['status', 'noticed'], env);
  expect(status.stderr).toContain('REDIS_BEHIND');
  const { code } = await runFerry(['submit', '--wait', file], env);
  expect(code).toBe(0);
  expect(simulator.accepted).toHaveLength(4);
});

test('after a new start of Redis the image list is scanned before the next create', async () => {
  const simulator = await lateListing();
  const env = envOf(simulator);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('again', 1);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  await server.client.hset('{imsferry:default}:meta', 'server', '0'.repeat(40));
  await runFerry(['submit', await manifestFile('more', 1)], env);
  await worker.says('Redis was restarted');
  await until(() => simulator.accepted.length === 2);
});

test('FLUSHALL and the same manifest: everything is adopted, nothing is created', async () => {
  const simulator = await cloud({ duration: 300 });
  const env = envOf(simulator);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('flushed', 12);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  await server.client.flushall();
  const { code, stderr } = await runFerry(['submit', '--wait', file], env);
  expect(stderr).toContain('12/12 done (12 succeeded)');
  expect(code).toBe(0);
  expect(simulator.accepted).toHaveLength(12);
});
