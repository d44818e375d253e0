import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type Ferry, type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

interface Place {
  readonly namespace: string;
  readonly database: number;
}

function envOf(simulator: Simulator, { namespace, database }: Place): FerryEnv {
  const url = database === 0 ? redis.url : `${redis.url}/${database}`;
  return accountEnv(simulator, url, { IMS_FERRY_NAMESPACE: namespace });
}

/** The worker that has ended of its own accord. */
const firstToEnd = (workers: readonly Ferry[]): Promise<Ferry> =>
  Promise.race(workers.map((worker) => worker.exited.then(() => worker)));

test.each([
  ['two namespaces of one database', { namespace: 'second', database: 0 }],
  ['one namespace in two databases', { namespace: 'first', database: 1 }],
  ['two namespaces in two databases', { namespace: 'second', database: 3 }],
])('%s, one project, the same manifest and moment: one of them creates it', async (_, other) => {
  const simulator = await cloud({ duration: 300, latencyMs: 30 });
  const file = await manifestFile('same-moment', 10);
  const places = [{ namespace: 'first', database: 0 }, other];
  const envs = places.map((place) => envOf(simulator, place));
  for (const env of envs) expect((await runFerry(['submit', file], env)).code).toBe(0);
  const workers = envs.map((env) => startFerry(['work'], env));
  const refused = firstToEnd(workers);
  await Promise.race([refused, until(() => simulator.accepted.length >= 20)]);
  await until(() => simulator.accepted.length >= 10);
  expect(doubles(simulator)).toEqual([]);
  expect((await refused).stderr()).toMatch(
    /Project [0-9a-f]{32} belongs to namespace \w+.* already/,
  );
  expect(await (await refused).exited).toBe(2);
  expect(simulator.accepted).toHaveLength(10);
});

test('the project can be moved once the first ledger has no open image; its workers then end', async () => {
  const simulator = await cloud({ duration: 300 });
  const [first, second] = ['first', 'second'].map((namespace, database) =>
    envOf(simulator, { namespace, database }),
  ) as [FerryEnv, FerryEnv];
  const worker = startFerry(['work'], first);
  await worker.says('worker started');
  expect((await runFerry(['resume', '--take-project'], second)).stderr).toContain(
    'does not know its project yet',
  );
  expect((await runFerry(['work'], second)).code).toBe(2);
  expect((await runFerry(['doctor'], second)).stdout).toMatch(/failed +ledger .*namespace first/);
  await runFerry(['submit', await manifestFile('moves', 3)], first);
  const open = await runFerry(['resume', '--take-project'], second);
  expect(open.stderr).toMatch(
    /stays with namespace first in database 0: \d of its images are open/,
  );
  expect(open.code).toBe(2);
  const file = await manifestFile('moves', 3);
  expect((await runFerry(['submit', '--wait', file], first)).code).toBe(0);
  const moved = await runFerry(['resume', '--take-project'], second);
  expect(moved.stderr).toContain(
    'now belongs to this ledger; before, it belonged to namespace first in database 0',
  );
  expect(await worker.exited).toBe(2);
  expect(worker.stderr()).toContain('belongs to namespace second in database 1 already');
  const other = startFerry(['work'], second);
  expect((await runFerry(['submit', '--wait', file], second)).code).toBe(0);
  expect(simulator.accepted).toHaveLength(3);
  expect(await other.stop()).toBe(0);
});

test('a claim that is lost is taken again by a worker, before the next create', async () => {
  const simulator = await cloud({ duration: 100 });
  const first = envOf(simulator, { namespace: 'first', database: 2 });
  const worker = startFerry(['work'], first);
  await worker.says('worker started');
  await redis.client.flushdb();
  expect((await runFerry(['submit', '--wait', await manifestFile('kept', 3)], first)).code).toBe(0);
  const second = await runFerry(['work'], envOf(simulator, { namespace: 'second', database: 0 }));
  expect(second.stderr).toContain('belongs to namespace first in database 2 already');
  expect(second.code).toBe(2);
});

test('a Redis that is emptied under a worker: it takes its project again, and a second ledger is refused', async () => {
  const simulator = await cloud({ duration: 100 });
  const first = envOf(simulator, { namespace: 'first', database: 0 });
  const worker = startFerry(['work'], first);
  await worker.says('worker started');
  await redis.client.flushall();
  const file = await manifestFile('emptied', 3);
  expect((await runFerry(['submit', '--wait', file], first)).code).toBe(0);
  const second = envOf(simulator, { namespace: 'second', database: 0 });
  expect((await runFerry(['work'], second)).code).toBe(2);
  expect(simulator.accepted).toHaveLength(3);
});

test('what an older version noted of clouds counts', async () => {
  const simulator = await cloud({ duration: 100 });
  const { projectId } = simulator.state.options;
  await redis.client.hset('{imsferry:old}:projects', projectId, 'old@nl');
  const env = envOf(simulator, { namespace: 'old', database: 0 });
  const { code, stderr } = await runFerry(['work'], env);
  expect(stderr).toContain(
    'belongs to cloud nl already; the cloud of the environment leads to the same project',
  );
  expect(code).toBe(2);
});

test('an access list that hides the claims is refused, with what to add', async () => {
  const simulator = await cloud({ duration: 100 });
  const rules = ['resetkeys', '~{imsferry:mine}*', 'resetchannels', '&{imsferry:mine}*', '+@all'];
  await redis.client.call('ACL', 'SETUSER', 'narrow', 'on', '>narrow-pw', ...rules);
  const url = redis.url.replace('redis://', 'redis://narrow:narrow-pw@');
  const env = accountEnv(simulator, url, { IMS_FERRY_NAMESPACE: 'mine' });
  const { code, stderr } = await runFerry(['work'], env);
  expect(stderr).toContain('hides the keys {imsferry:}*');
  expect(stderr).toContain('ACL SETUSER <user> ~{imsferry:}*');
  expect(code).toBe(3);
  await redis.client.call('ACL', 'SETUSER', 'narrow', '~{imsferry:}*');
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  expect((await runFerry(['submit', '--wait', await manifestFile('mine', 2)], env)).code).toBe(0);
});
