import { expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { loadLedgerDump, readLedgerDump } from '../support/ledger-fixture.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** The two images that were in the hands of IMS when the ledger was recorded. */
const RUNNING = [
  { name: 'running', key: 't3g81UDKwDSY7mavqBxIEmYD9GbSd2SPZQiQRMKfx1c' },
  { name: 'running-too', key: 'dQTF6QJ_RBkNk_I7aNC3m_UoM3Z0eP6pJeTpsFYu9Ts' },
];
const RECORDED_JOBS = ['ff80801dd5c13170c59c47208336acb7', 'ff808015063e1f378cc929881f0a257f'];

async function tokenOf({ url, credentials }: Simulator): Promise<string> {
  const { username: name, password, userDomainName, projectName } = credentials;
  const user = { name, password, domain: { name: userDomainName } };
  const identity = { methods: ['password'], password: { user } };
  const body = { auth: { identity, scope: { project: { name: projectName } } } };
  const login = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return login.headers.get('x-subject-token') ?? '';
}

/** Creates them as the older version did; answers recorded job id → the job id here. */
async function createRunning(simulator: Simulator): Promise<ReadonlyMap<string, string>> {
  const token = await tokenOf(simulator);
  const jobs = new Map<string, string>();
  for (const [index, { name, key }] of RUNNING.entries()) {
    const image_url = `bucket:ok/${name}.qcow2`;
    const body = { name, image_url, min_disk: 40, tags: [`imsferry.${key}`] };
    const created = await fetch(`${simulator.url}/v2/cloudimages/action`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
      body: JSON.stringify(body),
    });
    const { job_id: jobId } = (await created.json()) as { job_id: string };
    jobs.set(RECORDED_JOBS[index] ?? '', jobId);
  }
  return jobs;
}

test('a ledger of schema 1 with imports in flight is worked on, and stays readable for it', async () => {
  const simulator = await cloud({ duration: 1500 });
  const dump = readLedgerDump('schema-1', await createRunning(simulator));
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
  expect(await redis.client.hget('{imsferry:default}:meta', 'schema')).toBe('1');
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

test('a worker ends with one line when a newer version has taken the ledger over', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  await redis.client.hset('{imsferry:default}:meta', 'schema', '2');
  expect(await worker.exited).toBe(2);
  const said = worker.stderr().match(/The ledger in Redis has schema 2/g);
  expect(said).toHaveLength(1);
  const submitted = await runFerry(['submit', await manifestFile('newer', 1)], env);
  expect(submitted.code).toBe(2);
  expect(simulator.stats.posts).toBe(0);
  const again = await runFerry(['work'], env);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('The ledger in Redis has schema 2, this version knows 1.');
  expect(again.stderr).not.toMatch(/^ +at /m);
});
