import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { accountEnv } from '../support/account.ts';
import { type Authority, openAuthority } from '../support/authority.ts';
import { cloud } from '../support/cloud.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { examine } from '../support/examine.ts';
import type { FerryEnv } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { rawServer } from '../support/raw-server.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** Everything as it has to be, OBS among it. */
function soundEnv(simulator: Simulator, more: FerryEnv = {}): FerryEnv {
  const { accessKey, secretKey } = simulator.credentials;
  return accountEnv(simulator, redis.url, {
    OS_ACCESS_KEY: accessKey,
    OS_SECRET_KEY: secretKey,
    OBS_ENDPOINT: simulator.url,
    ...more,
  });
}

test('all is well: every area is looked at, in its order, and nothing is created', async () => {
  const simulator = await cloud({ objects: { 'b/x': {} } });
  const { code, findings, failed } = await examine(soundEnv(simulator), '--bucket', 'b');
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  expect([...new Set(findings.map(({ area }) => area))]).toEqual([
    ...['settings', 'Redis', 'ledger', 'workers', 'IAM', 'clock', 'login', 'catalog', 'IMS'],
    ...['quota', 'ECS', 'OBS'],
  ]);
  expect(simulator.accepted).toHaveLength(0);
});

/** A broken set-up, and the one fault that is named in it. */
interface Broken {
  readonly what: string;
  readonly env: () => Promise<FerryEnv>;
  readonly args?: readonly string[];
  readonly area: string;
  readonly says: RegExp;
  readonly advises?: RegExp;
  readonly code: number;
}

async function soundBut(more: FerryEnv, settings = {}): Promise<FerryEnv> {
  return soundEnv(await cloud(settings), more);
}

const BROKEN: readonly Broken[] = [
  {
    what: '1: Redis is not there',
    env: () =>
      soundBut({
        REDIS_URL: 'redis://me:canary@127.0.0.1:2',
        IMS_FERRY_CONNECT_TIMEOUT_MS: '1500',
      }),
    area: 'Redis',
    says: /nothing listens there/,
    advises: /REDIS_URL/,
    code: 3,
  },
  {
    what: '2: the password of Redis is wrong',
    env: async () => {
      await redis.client.call('ACL', 'SETUSER', 'ferry', 'on', '>right', '~*', '&*', '+@all');
      const url = new URL(redis.url);
      return soundBut({ REDIS_URL: `redis://ferry:canary@${url.host}` });
    },
    area: 'Redis',
    says: /refuses the login/,
    code: 3,
  },
  {
    what: '3: Redis would drop images under memory pressure',
    env: async () => {
      await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      onTestFinished(() => void redis.client.config('SET', 'maxmemory-policy', 'noeviction'));
      return soundBut({});
    },
    area: 'Redis',
    says: /allkeys-lru/,
    advises: /noeviction/,
    code: 3,
  },
  {
    what: '4: a setting is misspelled',
    env: () => soundBut({ IMS_FERRY_UNKNOWN_POLICY: 'sometimes' }),
    area: 'settings',
    says: /expected one of auto, resubmit, hold/,
    code: 2,
  },
  {
    what: '5: clouds.yaml is not valid YAML',
    env: async () => {
      const file = await textFile('clouds.yaml', 'clouds:\n  a: {auth: [canary\n');
      return { REDIS_URL: redis.url, OS_CLOUD: 'a', OS_CLIENT_CONFIG_FILE: file };
    },
    area: 'settings',
    says: /clouds\.yaml:3:1: not valid YAML/,
    code: 2,
  },
  {
    what: '6: the host of IAM does not exist',
    env: () => soundBut({ OS_AUTH_URL: 'https://iam.no-such-host.invalid/v3' }),
    area: 'IAM',
    says: /host name/,
    advises: /DNS/,
    code: 3,
  },
  {
    what: '7: the proxy refuses',
    env: async () => {
      const proxy = await connectProxy({ to: 'http://127.0.0.1:9', status: 403 });
      return soundBut({ OS_AUTH_URL: 'https://iam.test/v3', HTTPS_PROXY: proxy.url });
    },
    area: 'IAM',
    says: /the proxy refuses/,
    advises: /HTTPS_PROXY/,
    code: 3,
  },
  {
    what: '8: the password of IAM is wrong',
    env: () => soundBut({ OS_PASSWORD: 'canary-wrong' }),
    area: 'login',
    says: /wrong/,
    advises: /OS_PASSWORD/,
    code: 3,
  },
  {
    what: '9: the user needs a second factor',
    env: () => soundBut({}, { mfa: true }),
    area: 'login',
    says: /MFA/i,
    advises: /a program cannot give/,
    code: 3,
  },
  {
    what: '10: the project is not there',
    env: () => soundBut({ OS_PROJECT_NAME: 'eu-de_nowhere' }),
    area: 'login',
    says: /refuses the login/,
    advises: /project/,
    code: 3,
  },
  {
    what: '11: the catalog has no image service',
    env: () => soundBut({}, { catalog: 'noImage' }),
    area: 'catalog',
    says: /no image service/,
    advises: /IMS_ENDPOINT/,
    code: 3,
  },
  {
    what: '12: the catalog has no such region',
    env: () => soundBut({ OS_REGION_NAME: 'eu-xx' }),
    area: 'catalog',
    says: /in region eu-xx/,
    advises: /eu-de/,
    code: 3,
  },
  {
    what: '13: IMS_ENDPOINT leads to something else',
    env: async () => {
      const server = await rawServer((_, response) => response.end('<html></html>'));
      return soundBut({ IMS_ENDPOINT: server.url });
    },
    area: 'IMS',
    says: /unexpected answer/,
    advises: /IMS_ENDPOINT/,
    code: 3,
  },
  {
    what: '14: the quota is used up',
    env: () => soundBut({}, { imageQuota: 0 }),
    area: 'quota',
    says: /0 of 0/,
    advises: /larger quota/,
    code: 1,
  },
  {
    what: '15: the secret key of OBS is wrong',
    env: () => soundBut({ OS_SECRET_KEY: 'canary-secret' }),
    area: 'OBS',
    says: /does not belong to the access key/,
    advises: /OS_SECRET_KEY/,
    code: 3,
  },
  {
    what: '16: the bucket is not there',
    env: () => soundBut({}),
    args: ['--bucket', 'nowhere'],
    area: 'OBS',
    says: /no bucket nowhere/,
    code: 3,
  },
];

describe('of a broken set-up the fault is named, and nothing else:', () => {
  test.each(BROKEN)('$what', async ({ env, args = [], area, says, advises, code }) => {
    const found = await examine(await env(), ...args);
    expect(found.failed.map((finding) => finding.area)).toEqual([area]);
    expect(found.failed[0]?.said).toMatch(says);
    if (advises) expect(found.failed[0]?.advice).toMatch(advises);
    expect(found.code).toBe(code);
    expect(found.text).not.toContain('canary');
  });

  test('17: the clock is an hour off, and AK/SK are used', async () => {
    const hour = 3_600_000;
    const ahead = { ...systemClock, now: () => systemClock.now() + hour };
    const simulator = await startSimulator({}, ahead);
    onTestFinished(() => simulator.close());
    const { OS_USERNAME: _, OS_PASSWORD: __, ...env } = soundEnv(simulator);
    const { failed, code } = await examine(env);
    expect(failed[0]).toMatchObject({
      area: 'clock',
      said: expect.stringContaining('60 min behind'),
    });
    expect(failed[0]?.advice).toContain('NTP');
    expect(failed.map(({ area }) => area)).toEqual(['clock', 'login', 'OBS']);
    expect(code).toBe(3);
  });

  test('18: the ledger belongs to another project', async () => {
    const simulator = await cloud({});
    await redis.client.hset('{imsferry:default}:meta', 'schema', '1', 'project_id', 'other');
    const { failed, code } = await examine(soundEnv(simulator));
    expect(failed[0]).toMatchObject({ area: 'ledger' });
    expect(failed[0]?.advice).toContain('IMS_FERRY_NAMESPACE');
    expect(code).toBe(2);
  });

  test('a refused login is not tried again by the next check', async () => {
    const simulator = await cloud({});
    const env = soundEnv(simulator, { OS_PASSWORD: 'wrong' });
    await examine(env);
    await examine(env);
    expect(simulator.stats.failedLogins).toBe(1);
  });
});

describe('of TLS the fault is named:', needing('openssl'), () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await openAuthority();
  });
  afterAll(() => rm(authority.folder, { recursive: true, force: true }));

  test('19: a CA that is not known here, until it is named', async () => {
    const pair = await authority.issue('here', '127.0.0.1', 2);
    const simulator = await startSimulator({ tls: pair });
    onTestFinished(() => simulator.close());
    const env = soundEnv(simulator);
    const { failed } = await examine(env);
    expect(failed[0]).toMatchObject({ area: 'IAM' });
    expect(failed[0]?.advice).toContain('OS_CACERT');
    const named = await examine({ ...env, OS_CACERT: join(authority.folder, 'ca.pem') });
    expect(named.failed).toEqual([]);
  });

  test('20: a certificate that has expired', async () => {
    const pair = await authority.issue('old', '127.0.0.1', 0);
    const simulator = await startSimulator({ tls: pair });
    onTestFinished(() => simulator.close());
    const env = soundEnv(simulator, { OS_CACERT: join(authority.folder, 'ca.pem') });
    const { failed } = await examine(env);
    expect(failed[0]?.said).toContain('has expired');
    expect(failed[0]?.advice).toContain('clock');
  });
});
