import { expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis();
const FAST = { IMS_FERRY_LOCK_MS: '1000', IMS_FERRY_UNKNOWN_WINDOW_MS: '4000' };

async function importsOf(namespace: string): Promise<string[]> {
  return server.client.keys(`{imsferry:${namespace}}:i:*`);
}

test('images that were removed by hand are reported, not waited for, and come back once', async () => {
  const simulator = await cloud({ duration: 600 });
  const namespace = 'by-hand';
  const env = accountEnv(simulator, server.url, { IMS_FERRY_NAMESPACE: namespace, ...FAST });
  const worker = startFerry(['work'], env);
  const file = await manifestFile('by-hand', 6);
  const waiting = startFerry(['submit', '--wait', file], env);
  await until(() => simulator.accepted.length === 6);
  const some = (await importsOf(namespace)).slice(0, 2);
  await server.client.del(...some);
  const text = '2 images of batch by-hand are missing from the ledger; submit the manifest again.';
  await waiting.says(text);
  expect(await waiting.exited).toBe(1);
  expect(worker.stderr()).toContain('images of this batch are missing from the ledger');
  for (const args of [['status', 'by-hand'], ['status']]) {
    const status = await runFerry(args, env);
    expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining(text) });
  }
  const reconcile = await runFerry(['reconcile'], env);
  expect(reconcile.code).toBe(1);
  expect(reconcile.stdout).toContain(text);
  expect(reconcile.stdout).toContain('Repaired in batch by-hand');
  const again = await runFerry(['submit', '--wait', file], env);
  expect(again.stderr).toContain('6/6 done (6 succeeded)');
  expect(again.code).toBe(0);
  expect(simulator.accepted).toHaveLength(6);
  expect(doubles(simulator)).toEqual([]);
});

test.each([
  { what: 'imports', names: ['i:'] },
  { what: 'imports and places', names: ['i:', 'inflight'] },
  { what: 'imports, places and due times', names: ['i:', 'inflight', 'due'] },
  { what: 'everything of the batch', names: ['i:', 'b:', 'm:', 'inflight'] },
])('$what removed under creates that IMS does not list yet: nothing twice', async ({ names }) => {
  const simulator = await cloud({
    duration: 5000,
    listingDelayMs: 2500,
    createFaults: { dropAfter: 1 },
  });
  const namespace = `removed-${names.length}-${names.includes('m:')}`;
  const env = accountEnv(simulator, server.url, {
    IMS_FERRY_NAMESPACE: namespace,
    ...FAST,
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_POST_TIMEOUT_MS: '1000',
  });
  startFerry(['work'], env);
  const file = await manifestFile('removed', 4);
  await runFerry(['submit', file], env);
  await until(() => simulator.accepted.length === 4);
  simulator.set({ createFaults: { dropAfter: 0 } });
  const all = await server.client.keys(`{imsferry:${namespace}}:*`);
  const { length } = `{imsferry:${namespace}}:`;
  await server.client.del(
    ...all.filter((key) => names.some((name) => key.slice(length).startsWith(name))),
  );
  const again = await runFerry(['submit', '--wait', file], env);
  expect(again.stderr).toContain('4/4 done (4 succeeded)');
  expect(simulator.accepted).toHaveLength(4);
  expect(doubles(simulator)).toEqual([]);
});
