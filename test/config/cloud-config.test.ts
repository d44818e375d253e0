import { describe, expect, test } from 'vitest';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import type { Env } from '../../src/shared/config/env-reader.ts';
import { issuesOf } from '../support/config-issues.ts';

const CLOUD = {
  OS_AUTH_URL: 'https://iam.eu-de.otc.t-systems.com/v3',
  OS_USERNAME: 'me',
  OS_PASSWORD: 'canary-password',
  OS_USER_DOMAIN_NAME: 'OTC1',
  OS_PROJECT_NAME: 'eu-de_team',
};
const load = (env: Env) => loadCloudConfig({ env });
const problems = (env: Env) => issuesOf(() => load(env));

describe('the account', () => {
  test('is read with the domain of the user for the project', async () => {
    expect(await load(CLOUD)).toEqual({
      authUrl: 'https://iam.eu-de.otc.t-systems.com/v3',
      credential: {
        method: 'password',
        user: { name: 'me', domain: { name: 'OTC1' } },
        password: 'canary-password',
      },
      project: { name: 'eu-de_team', domain: { name: 'OTC1' } },
      interface: 'public',
      jobApi: 'project',
      dialect: 'otc',
      network: {},
    });
  });

  test('reports everything that is missing at once, and no value that is set', async () => {
    const issues = await problems({ OS_PASSWORD: 'canary' });
    const names = new Set(issues.map((issue) => issue.split(' ')[0]));
    const missing = ['OS_AUTH_URL', 'OS_PROJECT_NAME', 'OS_USERNAME', 'OS_USER_DOMAIN_NAME'];
    expect(names).toEqual(new Set(missing));
    expect(issues).toHaveLength(missing.length);
    expect(issues.join()).not.toContain('canary');
  });

  test('takes a password to the letter, spaces too', async () => {
    const { credential } = await load({ ...CLOUD, OS_PASSWORD: ' p w ' });
    expect(credential).toHaveProperty('password', ' p w ');
  });

  test.each([
    { env: {}, is: { name: 'OTC1' } },
    { env: { OS_PROJECT_DOMAIN_NAME: 'OTC2' }, is: { name: 'OTC2' } },
    { env: { OS_PROJECT_DOMAIN_ID: 'd2', OS_PROJECT_DOMAIN_NAME: 'OTC2' }, is: { id: 'd2' } },
    { env: { OS_USER_DOMAIN_ID: 'd1' }, is: { id: 'd1' } },
  ])('has its project in $is for $env', async ({ env, is }) => {
    expect((await load({ ...CLOUD, ...env })).project?.domain).toEqual(is);
  });

  test('an endpoint of IMS loses the slash at its end', async () => {
    const env = { ...CLOUD, IMS_ENDPOINT: 'https://ims.eu-de.otc.t-systems.com//' };
    expect((await load(env)).imsEndpoint).toBe('https://ims.eu-de.otc.t-systems.com');
  });

  test('gets /v3 where it is missing, and no slash at the end', async () => {
    const env = { ...CLOUD, OS_AUTH_URL: 'https://iam.example.com/' };
    expect((await load(env)).authUrl).toBe('https://iam.example.com/v3');
  });

  test.each([
    { name: 'OS_AUTH_URL', value: 'http://iam.example.com/v3', says: 'plain http' },
    { name: 'OS_AUTH_URL', value: 'iam.example.com', says: 'is not a URL' },
    { name: 'IMS_ENDPOINT', value: 'https://me:canary@ims', says: 'contains a user or password' },
    { name: 'OS_AUTH_URL', value: 'https://iam/v3?canary=1', says: 'contains a ?' },
    { name: 'IMS_ENDPOINT', value: 'ftp://ims', says: 'is not a URL' },
    { name: 'OS_PASSWORD', value: '', says: 'OS_PASSWORD is not set' },
    { name: 'OS_PROJECT_NAME', value: '', says: 'OS_PROJECT_ID' },
    { name: 'IMS_FERRY_JOB_API', value: 'x', says: 'project, progress' },
    { name: 'OS_INTERFACE', value: 'x', says: 'public, publicURL, internal' },
    { name: 'OS_AUTH_TYPE', value: 'v2password', says: 'password, v3password, token' },
    { name: 'OS_IDENTITY_API_VERSION', value: '2.0', says: 'only version 3' },
    { name: 'OS_PASSCODE', value: 'canary', says: 'a program cannot provide' },
    { name: 'OS_AUTH_TYPE', value: 'v3totp', says: 'a program cannot provide' },
    { name: 'OS_INSECURE', value: 'true', says: 'switches TLS verification off' },
    { name: 'OS_CACERT', value: '/nowhere/ca.pem', says: 'does not exist' },
    { name: 'OS_PASSWORD_FILE', value: '/nowhere/canary', says: 'does not exist' },
  ])('$name "$value" is refused', async ({ name, value, says }) => {
    const issues = (await problems({ ...CLOUD, [name]: value })).join();
    expect(issues).toContain(name);
    expect(issues).toContain(says);
    if (!value.includes('/nowhere')) expect(issues).not.toContain('canary');
  });

  test.each([
    'https://ims.test',
    'https://ims.test/',
    'https://ims.test/v2',
    'https://ims.test/v1/',
  ])('IMS_ENDPOINT %s is https://ims.test', async (value) => {
    expect((await load({ ...CLOUD, IMS_ENDPOINT: value })).imsEndpoint).toBe('https://ims.test');
  });

  test('plain http is fine on loopback, and elsewhere when it is allowed', async () => {
    const local = { ...CLOUD, OS_AUTH_URL: 'http://127.0.0.1:9090/v3' };
    expect(await problems(local)).toEqual([]);
    const allowed = { ...CLOUD, OS_AUTH_URL: 'http://sim:9090/v3', IMS_FERRY_ALLOW_HTTP: '1' };
    expect(await problems(allowed)).toEqual([]);
  });
});

describe('other names for the same', () => {
  test.each([
    { OS_USERNAME: '', OS_USERID: 'u1', is: { id: 'u1' } },
    { OS_USERNAME: '', OS_USER_ID: 'u1', is: { id: 'u1' } },
    {
      OS_USER_DOMAIN_NAME: '',
      OS_DOMAIN_NAME: 'OTC2',
      is: { name: 'me', domain: { name: 'OTC2' } },
    },
    { OS_USER_DOMAIN_NAME: '', OS_DOMAIN_ID: 'd2', is: { name: 'me', domain: { id: 'd2' } } },
    {
      OS_USER_DOMAIN_NAME: '',
      OS_PROJECT_DOMAIN_NAME: 'OTC3',
      is: { name: 'me', domain: { name: 'OTC3' } },
    },
    {
      OS_USER_DOMAIN_NAME: '',
      OS_DEFAULT_DOMAIN: 'OTC4',
      is: { name: 'me', domain: { name: 'OTC4' } },
    },
  ])('%o sets the user', async ({ is, ...env }) => {
    expect((await load({ ...CLOUD, ...env })).credential).toHaveProperty('user', is);
  });

  test.each([
    { OS_PROJECT_NAME: '', OS_TENANT_NAME: 'eu-nl_x', is: { name: 'eu-nl_x' } },
    { OS_PROJECT_NAME: '', OS_TENANT_ID: 'p2', is: { id: 'p2' } },
    { OS_PROJECT_ID: 'p3', is: { id: 'p3' } },
  ])('%o sets the project', async ({ is, ...env }) => {
    expect((await load({ ...CLOUD, ...env })).project).toMatchObject(is);
  });

  test.each([{ OS_REGION_ID: 'eu-nl' }, { OS_REGION: 'eu-nl' }])(
    '%o sets the region',
    async (env) => {
      expect((await load({ ...CLOUD, ...env })).region).toBe('eu-nl');
    },
  );

  test('an endpoint type of old is an interface', async () => {
    const env = { ...CLOUD, OS_ENDPOINT_TYPE: 'internalURL' };
    expect((await load(env)).interface).toBe('internal');
  });
});

describe('the way to log in', () => {
  const KEYS = { OS_ACCESS_KEY: 'AK', OS_SECRET_KEY: 'canary' };
  const { OS_USERNAME: _, OS_PASSWORD: __, ...REST } = CLOUD;

  test('is a token where there is no password, and then no project is needed', async () => {
    const env = { OS_AUTH_URL: CLOUD.OS_AUTH_URL, OS_TOKEN: 'MII' };
    const cloud = await load(env);
    expect(cloud.credential).toEqual({ method: 'token', token: 'MII' });
    expect(cloud.project).toBeUndefined();
    expect((await load({ ...CLOUD, OS_TOKEN: 'MII' })).credential.method).toBe('password');
    const typed = { ...CLOUD, OS_TOKEN: 'MII', OS_AUTH_TYPE: 'v3token' };
    expect((await load(typed)).credential.method).toBe('token');
  });

  test('is AK/SK where there is no user; beside one they are for OBS', async () => {
    const keys = { method: 'keys', accessKey: 'AK', secretKey: 'canary' };
    expect((await load({ ...REST, ...KEYS })).credential).toEqual(keys);
    expect((await load({ ...CLOUD, ...KEYS })).credential.method).toBe('password');
    const env = { ...CLOUD, ...KEYS, OS_AUTH_TYPE: 'aksk', OS_SECURITY_TOKEN: 'st' };
    expect((await load(env)).credential).toEqual({ ...keys, securityToken: 'st' });
  });

  test("can be set by Huawei's names alone: IAM and project follow from the region", async () => {
    const env = {
      HUAWEICLOUD_SDK_AK: 'AK',
      HUAWEICLOUD_SDK_SK: 'canary',
      OS_REGION_NAME: 'cn-north-4',
    };
    expect(await load(env)).toMatchObject({
      authUrl: 'https://iam.cn-north-4.myhuaweicloud.com/v3',
      credential: { method: 'keys', accessKey: 'AK' },
      project: { name: 'cn-north-4' },
    });
    const id = await load({ ...env, HUAWEICLOUD_SDK_PROJECT_ID: 'p1' });
    expect(id.project).toEqual({ id: 'p1' });
  });

  test('only one of two keys is an error', async () => {
    const issues = await problems({ ...REST, OS_ACCESS_KEY: 'AK' });
    expect(issues).toEqual(['OS_SECRET_KEY is not set']);
  });

  test('is an agency where one is named, with its project in its account', async () => {
    const env = { ...CLOUD, OS_AGENCY_NAME: 'migrate', OS_AGENCY_DOMAIN_NAME: 'OTC9' };
    const cloud = await load({ ...env, OS_DELEGATED_PROJECT: 'eu-de_theirs' });
    expect(cloud).toMatchObject({
      agency: { name: 'migrate', domain: { name: 'OTC9' } },
      project: { name: 'eu-de_theirs', domain: { name: 'OTC9' } },
    });
    expect((await load(env)).project).toEqual({ name: 'eu-de_team', domain: { name: 'OTC9' } });
  });

  test('an incomplete agency is an error', async () => {
    expect(await problems({ ...CLOUD, OS_AGENCY_NAME: 'x' })).toEqual([
      'OS_AGENCY_DOMAIN_NAME (or OS_AGENCY_DOMAIN_ID) is not set',
    ]);
    expect(await problems({ ...CLOUD, OS_TARGET_DOMAIN_NAME: 'x' })).toEqual([
      'OS_AGENCY_NAME is not set',
    ]);
  });

  test('the names of AWS count for nothing: they are keys of another cloud', async () => {
    const env = { ...REST, AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' };
    expect((await problems(env)).join()).toContain('OS_PASSWORD');
  });

  test('an unknown region yields no address', async () => {
    const env = { ...CLOUD, OS_AUTH_URL: '', OS_REGION_NAME: 'RegionOne' };
    expect(await problems(env)).toEqual(['OS_AUTH_URL is not set']);
    for (const [region, url] of [
      ['eu-nl', 'https://iam.eu-nl.otc.t-systems.com/v3'],
      ['eu-ch2', 'https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3'],
      ['ap-southeast-1', 'https://iam.ap-southeast-1.myhuaweicloud.com/v3'],
    ] as const) {
      const cloud = await load({ ...env, OS_REGION_NAME: region });
      expect(cloud.authUrl).toBe(url);
    }
  });
});
