import { expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis();

test('an import that Redis loses under its create is registered again with its job id', async () => {
  const simulator = await cloud({ duration: 500 });
  const proxy = await faultProxy(simulator.url);
  const emptied = Promise.withResolvers<void>();
  const late = { fault: 'late', until: emptied.promise } as const;
  proxy.plan({ ...late, method: 'POST', path: /action/ });
  const env = accountEnv(simulator, server.url, {
    IMS_FERRY_NAMESPACE: 'emptied-under-create',
    OS_AUTH_URL: `http://${proxy.host}/v3`,
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('emptied', 1);
  await runFerry(['submit', file], env);
  await until(() => simulator.accepted.length === 1);
  await server.client.flushall();
  emptied.resolve();
  await worker.says('Redis has lost an import that IMS has accepted');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect(simulator.accepted).toHaveLength(1);
});

test('--recreate leaves an image alone that is there, and replaces one that is gone', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, server.url, {
    IMS_FERRY_NAMESPACE: 'recreate',
    // The looks that prove that an image is gone are spread over a third of it.
    IMS_FERRY_UNKNOWN_WINDOW_MS: '6000',
    IMS_FERRY_POST_TIMEOUT_MS: '2000',
  });
  startFerry(['work'], env);
  const file = await manifestFile('recreate', 2);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const [gone] = simulator.accepted[0]?.image_ids ?? [];
  const { url, credentials } = simulator;
  const user = {
    name: credentials.username,
    password: credentials.password,
    domain: { name: credentials.userDomainName },
  };
  const identity = { methods: ['password'], password: { user } };
  const scope = { project: { name: credentials.projectName } };
  const login = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const token = login.headers.get('x-subject-token') ?? '';
  const headers = { 'x-auth-token': token };
  await fetch(`${url}/v2/images/${gone}`, { method: 'DELETE', headers });
  // The list shows nothing: only a read of the image itself can show that it is there.
  simulator.set({ listingDelayMs: 3_600_000 });
  const again = await runFerry(['submit', '--wait', '--recreate', file], env);
  expect(again.stderr).toContain('2/2 done (2 succeeded)');
  expect(simulator.accepted).toHaveLength(3);
  expect(simulator.accepted[2]?.name).toBe(simulator.accepted[0]?.name);
});

test('a name that exists by an earlier, lost create is looked up until its image shows', async () => {
  const simulator = await cloud({
    duration: 1500,
    namesUnique: true,
    createFaults: { dropAfter: 1 },
    listingDelayMs: 3000,
    readFaults: { http500: 0.3 },
  });
  const env = accountEnv(simulator, server.url, {
    IMS_FERRY_NAMESPACE: 'name-exists',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '600',
  });
  startFerry(['work'], env);
  const waiting = runFerry(['submit', '--wait', await manifestFile('unique', 1)], env);
  await until(() => simulator.accepted.length === 1);
  simulator.set({ createFaults: { dropAfter: 0 } });
  expect((await waiting).code).toBe(0);
  expect(simulator.accepted).toHaveLength(1);
  expect(doubles(simulator)).toEqual([]);
});
