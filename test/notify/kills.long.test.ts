import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { Outbox } from '../../src/shared/ledger/outbox.ts';
import type { Order } from '../crash/crashing-worker.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, spawnFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { launchRedis } from '../support/own-redis.ts';
import { startProgram } from '../support/programs.ts';
import { notifyEnv, receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const CRASHING = fileURLToPath(new URL('../crash/crashing-worker.ts', import.meta.url));
const QUICK = { IMS_FERRY_LOCK_MS: '1000' };

/** A worker that is killed with SIGKILL the `nth` time it gets to the point; resolves when it is dead. */
async function dieAt(point: string, env: FerryEnv, nth = 1): Promise<void> {
  const worker = startProgram('node', [CRASHING], {
    env: { PATH: process.env['PATH'], CRASH_POINTS: point, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  onTestFinished(() => void worker.kill('SIGKILL'));
  let reached = 0;
  await new Promise<void>((resolve) => {
    worker.on('message', ({ at, id }: { at?: string; id?: number }) => {
      if (at === undefined) return;
      reached += 1;
      const order: Order = reached === nth ? 'die' : 'go';
      worker.send({ id, order });
    });
    worker.once('exit', () => resolve());
  });
  expect(reached).toBe(nth);
}

async function isAllDelivered(): Promise<boolean> {
  const outbox = new Outbox(redis.client, ledgerKeys('default'));
  const [state] = await outbox.targets();
  return state !== undefined && state.waiting === 0 && state.delivered > 0;
}

test.each([
  { point: 'project.outbox.serve after', when: 'before it has noticed anything' },
  { point: 'project.outbox.take before', when: 'when it has noticed the event' },
  { point: 'project.outbox.take after', when: 'when the event is in the outbox' },
  { point: 'project.outbox.event after', when: 'right before the POST' },
  { point: 'project.outbox.settle before', when: 'after the POST, before that is written' },
  { point: 'project.outbox.settle after', when: 'when the delivery is written' },
])('a worker that is killed $when: at least once, under one id', async ({ point }) => {
  const [simulator, hook] = [await cloud({ duration: 200 }), await receiver()];
  const env = accountEnv(simulator, redis.url, { ...QUICK, ...notifyEnv(hook.url) });
  await runFerry(['submit', await manifestFile('b', 2)], env);
  await dieAt(point, env);
  spawnFerry(['work'], env);
  await until(async () => hook.of('batch.finished').length > 0 && (await isAllDelivered()));
  expect(hook.ids().size).toBe(1);
  expect(new Set(hook.log.map(({ body }) => body)).size).toBe(1);
  expect(doubles(simulator)).toEqual([]);
});

test('a worker that is killed between two attempts: the next one continues under the same id', async () => {
  const simulator = await cloud({ duration: 200 });
  const hook = await receiver((to, nth) => void to.writeHead(nth < 2 ? 500 : 200).end());
  const env = accountEnv(simulator, redis.url, { ...QUICK, ...notifyEnv(hook.url) });
  await runFerry(['submit', await manifestFile('b', 2)], env);
  await dieAt('project.outbox.settle after', env);
  spawnFerry(['work'], env);
  await until(isAllDelivered);
  expect(hook.log.length).toBeGreaterThanOrEqual(3);
  expect(hook.ids().size).toBe(1);
});

test.each(['before', 'after'])(
  'a worker that is killed %s it announces a held image: one event',
  async (side) => {
    // The answer to the create is lost, and no list shows the image.
    const simulator = await cloud({ duration: 200, listingDelayMs: 3_600_000 });
    simulator.set({ nextCreates: { dropAfter: 1 } });
    const hook = await receiver();
    const env = accountEnv(simulator, redis.url, {
      ...QUICK,
      ...notifyEnv(hook.url),
      IMS_FERRY_UNKNOWN_POLICY: 'hold',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
      IMS_FERRY_POST_TIMEOUT_MS: '400',
    });
    await runFerry(['submit', await manifestFile('b', 1)], env);
    await dieAt(`project.outbox.announceHeld ${side}`, env);
    spawnFerry(['work'], env);
    await until(() => hook.of('images.held').length > 0 && hook.of('batch.finished').length > 0);
    await until(isAllDelivered);
    expect(hook.of('images.held')).toHaveLength(1);
    expect(hook.of('images.held')[0]?.notification.data).toMatchObject({ count: 1 });
  },
);

test('two workers and a Redis that is killed and restarted: each event under one id', async () => {
  const server = await launchRedis();
  onTestFinished(() => server.remove());
  const simulator = await cloud({ duration: 200 });
  const hook = await receiver((to, nth) => void to.writeHead(nth === 0 ? 503 : 200).end());
  const env = accountEnv(simulator, server.url, { ...QUICK, ...notifyEnv(hook.url) });
  for (let worker = 0; worker < 2; worker += 1) spawnFerry(['work'], env);
  const batches = ['one', 'two', 'three'];
  for (const batch of batches) await runFerry(['submit', await manifestFile(batch, 2)], env);
  await until(() => hook.log.length > 0);
  await server.kill();
  await server.start();
  const delivered = () => new Set(hook.log.slice(1).map(({ notification: { batch } }) => batch));
  await until(() => delivered().size === batches.length);
  expect(hook.ids().size).toBe(batches.length);
});
