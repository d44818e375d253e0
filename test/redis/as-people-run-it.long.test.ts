import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { type Authority, openAuthority } from '../support/authority.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { freePort } from '../support/free-port.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { redisCluster, redisServer, watchedRedis } from '../support/redis-servers.ts';
import { until } from '../support/until.ts';

const IMAGES = 10;

/** Two workers bring all images in over this Redis, none twice. */
async function importThrough(url: string, more: FerryEnv = {}, during?: () => Promise<void>) {
  const simulator = await cloud({ duration: 1500 });
  const env = accountEnv(simulator, url, {
    IMS_FERRY_MAX_IN_FLIGHT: '4',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    ...more,
  });
  const workers = [startFerry(['work'], env), startFerry(['work'], env)];
  for (const worker of workers) await worker.says('worker started');
  const file = await manifestFile('through', IMAGES);
  const waiting = startFerry(['submit', '--wait', file], env);
  await until(() => simulator.accepted.length >= 4);
  await during?.();
  expect(await waiting.exited).toBe(0);
  expect(waiting.stderr()).toContain(`${IMAGES}/${IMAGES} done (${IMAGES} succeeded)`);
  expect(simulator.accepted).toHaveLength(IMAGES);
  expect(doubles(simulator)).toEqual([]);
  const { code, stdout } = await runFerry(['status', 'through', '--json'], env);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).counts.succeeded).toBe(IMAGES);
  return { env, workers, simulator };
}

describe('an import goes', needing('redis-server'), () => {
  test('through a cluster of three', async () => {
    const { url, nodes } = await redisCluster();
    const { env } = await importThrough(url);
    // One hash tag: everything of an installation lies on one of them.
    const found = await Promise.all(nodes.map(({ client }) => client.keys('{imsferry:default}*')));
    expect(found.filter((keys) => keys.length > 0)).toHaveLength(1);
    const doctor = await runFerry(['doctor'], env);
    expect(doctor.stdout).toMatch(/ok +Redis +redis\+cluster:/);
  });

  test('through a cluster, for one namespace of a project only; the project can be moved', async () => {
    const { url } = await redisCluster();
    const { env, simulator, workers } = await importThrough(url);
    const other = { ...env, IMS_FERRY_NAMESPACE: 'another' };
    const refused = await runFerry(['work'], other);
    expect(refused.stderr).toContain('belongs to namespace default already');
    expect(refused.code).toBe(2);
    const moved = await runFerry(['resume', '--take-project'], other);
    expect(moved.stderr).toContain(
      'belongs to this ledger; before, it belonged to namespace default',
    );
    for (const worker of workers) expect(await worker.exited).toBe(2);
    const worker = startFerry(['work'], other);
    await worker.says('worker started');
    const file = await manifestFile('through', IMAGES);
    expect((await runFerry(['submit', '--wait', file], other)).code).toBe(0);
    expect(simulator.accepted).toHaveLength(IMAGES);
  });

  test('through Sentinel with a failover in the middle', async () => {
    const { url, primary, replica } = await watchedRedis();
    await importThrough(url, {}, async () => {
      await primary.kill();
      await until(async () => (await replica.client.info('replication')).includes('role:master'));
    });
  });

  test('through a Unix socket', async () => {
    const { folder } = await redisServer(['--unixsocket', 'own.sock']);
    await importThrough(`unix://${join(folder, 'own.sock')}?db=3`);
  });

  test('with the access list of docs/redis.md', async () => {
    const server = await redisServer();
    const { client } = server;
    await client.call('ACL', 'SETUSER', 'ferry', 'on', '>canary-pw', ...RULES);
    await client.call('ACL', 'SETUSER', 'default', 'off');
    const url = `redis://ferry:canary-pw@127.0.0.1:${server.port}`;
    const { workers } = await importThrough(url);
    for (const worker of workers) {
      expect(worker.stderr()).not.toContain('NOPERM');
      expect(worker.stderr()).not.toContain('canary-pw');
    }
    const wrong = { REDIS_URL: url.replace('canary-pw', 'canary-x') };
    const refused = await runFerry(['status'], wrong);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('refuses the login');
    expect(refused.stderr).not.toContain('canary');
  });
});

test.each([
  ['redis+sentinel://me:canary@127.0.0.1:2/prime', 'no sentinel answers'],
  ['redis+cluster://me:canary@127.0.0.1:2', 'no server answers'],
  ['unix:///no-such-folder/no.sock', 'there is no such socket'],
  ['redis+sentinel://me:canary@h', 'is not an address of Redis'],
])('%s is reported: %s', async (url, says) => {
  const env = { REDIS_URL: url, IMS_FERRY_CONNECT_TIMEOUT_MS: '1000' };
  const { code, stderr } = await runFerry(['status'], env);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain('canary');
  expect(code).toBe(says.startsWith('is no') ? 2 : 3);
});

const RULES = [
  ...['resetkeys', '~{imsferry:*', 'resetchannels', '&{imsferry:*'],
  ...['+@all', '-@dangerous', '-@admin', '+info'],
];

describe('with TLS', needing('redis-server', 'openssl'), () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await openAuthority();
  });
  afterAll(() => rm(authority.folder, { recursive: true, force: true }));

  async function tlsServer(more: readonly string[] = []): Promise<string> {
    await authority.issue('redis', 'localhost', 2);
    let port = 0;
    const at = (name: string) => join(authority.folder, name);
    await redisServer(async () => {
      port = await freePort();
      return [
        ...['--tls-port', String(port), '--tls-cert-file', at('redis.pem')],
        ...['--tls-key-file', at('redis.key'), '--tls-ca-cert-file', at('ca.pem'), ...more],
      ];
    });
    return `rediss://localhost:${port}`;
  }

  test('an import goes through it with an own CA; without it the fault is reported', async () => {
    const url = await tlsServer(['--tls-auth-clients', 'no']);
    await importThrough(url, { IMS_FERRY_REDIS_CA_FILE: join(authority.folder, 'ca.pem') });
    const quick = { IMS_FERRY_CONNECT_TIMEOUT_MS: '1000' };
    const refused = await runFerry(['status'], { REDIS_URL: url, ...quick });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('IMS_FERRY_REDIS_CA_FILE');
  });

  test('a server that wants a certificate gets ours', async () => {
    const url = await tlsServer(['--tls-auth-clients', 'yes']);
    await authority.issue('client', 'me.test', 2);
    const env = {
      REDIS_URL: url,
      IMS_FERRY_REDIS_CA_FILE: join(authority.folder, 'ca.pem'),
      IMS_FERRY_REDIS_CERT_FILE: join(authority.folder, 'client.pem'),
      IMS_FERRY_REDIS_KEY_FILE: join(authority.folder, 'client.key'),
    };
    expect((await runFerry(['status'], env)).code).toBe(0);
  });
});
