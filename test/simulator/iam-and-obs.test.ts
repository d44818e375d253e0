import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { AwsClient } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { DOMAIN_ID, USER_ID } from '../../simulator/iam/directory.ts';
import { addressOf } from '../../simulator/obs/objects.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { CREATE, cloud, LOGIN, PROJECT, SYSTEM } from './plain-cloud.ts';

const TOKENS = '/v3/auth/tokens';
const DOMAIN = 'OTC00000000001000000001';

function loginOf(user: object, scope?: object) {
  const identity = {
    methods: ['password'],
    password: { user: { password: 'demo-password', ...user } },
  };
  return { auth: { identity, ...(scope ? { scope } : {}) } };
}

const USER = { name: 'demo', domain: { name: DOMAIN } };
const SCOPE = { project: { name: 'eu-de_demo' } };

describe('a login', () => {
  test.each([
    { what: 'user by id', body: loginOf({ id: USER_ID }, SCOPE), status: 201 },
    {
      what: 'domain by id',
      body: loginOf({ name: 'demo', domain: { id: DOMAIN_ID } }, SCOPE),
      status: 201,
    },
    { what: 'project by id', body: loginOf(USER, { project: { id: PROJECT } }), status: 201 },
    {
      what: 'project with its domain',
      body: loginOf(USER, { project: { ...SCOPE.project, domain: { name: DOMAIN } } }),
      status: 201,
    },
    { what: 'domain scope', body: loginOf(USER, { domain: { name: DOMAIN } }), status: 201 },
    { what: 'no scope', body: loginOf(USER), status: 201 },
    { what: 'another user', body: loginOf({ ...USER, name: 'x' }, SCOPE), status: 401 },
    {
      what: 'another domain',
      body: loginOf({ name: 'demo', domain: { name: 'x' } }, SCOPE),
      status: 401,
    },
    { what: 'another project', body: loginOf(USER, { project: { name: 'x' } }), status: 401 },
    {
      what: 'a project of another domain',
      body: loginOf(USER, { project: { ...SCOPE.project, domain: { name: 'x' } } }),
      status: 401,
    },
    { what: 'no methods', body: { auth: { identity: {} } }, status: 400 },
  ])('$what: $status', async ({ body, status }) => {
    const { call, simulator } = await cloud();
    expect((await call('POST', TOKENS, { body })).status).toBe(status);
    expect(simulator.stats.logins).toBe(status === 201 ? 2 : 1);
  });

  test('without a catalog, or with the host that the client used', async () => {
    const { call, simulator } = await cloud();
    const { body } = await call('POST', `${TOKENS}?nocatalog=1`, { body: LOGIN('demo-password') });
    expect(body['token']).not.toHaveProperty('catalog');
    const host = `cloud.test:${simulator.port}`;
    const url = `http://${host}`;
    // Not `fetch`: that one sends a Host of its own.
    const asked = request(`${simulator.url}${TOKENS}`, { method: 'POST', headers: { host } });
    asked.end(JSON.stringify(LOGIN('demo-password')));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const { token } = (await json(response)) as { token: { catalog: { type: string }[] } };
    const ofType = (wanted: string) => token.catalog.filter(({ type }) => type === wanted);
    expect(ofType('image')).toMatchObject([{ name: 'glance', endpoints: [{ url }] }]);
    expect(ofType('identity')).toHaveLength(2);
  });

  test('a locked account opens again after its time', async () => {
    const { call, time, simulator } = await cloud({ lockAfter: 2, lockMs: 60_000 });
    const login = (password: string) => call('POST', TOKENS, { body: LOGIN(password) });
    await login('no');
    await login('no');
    expect((await login('demo-password')).body).toMatchObject({ error_code: 'IAM.0061' });
    expect(simulator.stats.failedLogins).toBe(3);
    time.now += 60_000;
    expect((await login('demo-password')).status).toBe(201);
  });

  test('finds the project by its name, and the catalog, with a token', async () => {
    const { get } = await cloud();
    const { body } = await get('/v3/projects?name=eu-de_demo');
    expect(body).toMatchObject({ projects: [{ id: PROJECT }] });
    expect((await get('/v3/projects?name=x')).body).toMatchObject({ projects: [] });
    expect((await get('/v3/auth/catalog')).body).toHaveProperty('catalog');
  });
});

describe('OBS', () => {
  test('HEAD shows what was configured; everything else exists, except `missing`', async () => {
    const objects = {
      'b-1/small.raw': { size: 7, etag: 'e' },
      'b-1/mine.raw': { status: 403 as const },
      'b-1/here-missing.raw': {},
    };
    const { simulator } = await cloud({ objects });
    const head = (path: string) => fetch(`${simulator.url}/${path}`, { method: 'HEAD' });
    const small = await head('b-1/small.raw');
    expect([small.status, small.headers.get('etag')]).toEqual([200, '"e"']);
    expect(small.headers.get('content-length')).toBe('7');
    expect(small.headers.has('x-obs-storage-class')).toBe(false);
    const paths = [
      'b-1/dir/any.qcow2',
      'b-1/missing',
      'b-1/mine.raw',
      'b-1/here-missing.raw',
      'b-1',
    ];
    const statuses = await Promise.all(paths.map(async (path) => (await head(path)).status));
    expect(statuses).toEqual([200, 404, 403, 200, 404]);
    expect((await head('b-1/cold.raw')).headers.get('x-obs-storage-class')).toBe('COLD');
  });

  test('takes temporary keys with their token only', async () => {
    const { simulator } = await cloud({}, systemClock);
    const { securityToken, ...keys } = simulator.credentials.temporaryKeys;
    const list = async (more: object) => {
      const { accessKey: accessKeyId, secretKey: secretAccessKey } = keys;
      const client = new AwsClient({ accessKeyId, secretAccessKey, ...more, service: 's3' });
      return (await client.fetch(`${simulator.url}/b-1/x.raw`, { method: 'HEAD' })).status;
    };
    expect(await list({ sessionToken: securityToken })).toBe(200);
    expect(await list({ sessionToken: 'another' })).toBe(403);
    expect(await list({})).toBe(403);
  });

  test.each([
    { url: 'b-1:empty.raw', code: 'IMG.0057' },
    { url: 'b-1:cold.raw', code: 'IMG.0057' },
    { url: 'b-1:huge.qcow2', code: 'IMG.0059' },
    { url: 'b-1:huge.raw', code: 'IMG.0059' },
    { url: 'b-1:notes.txt', code: 'IMG.0057' },
    { url: 'b-1:disk.raw.gz', code: 'IMG.0057' },
    { url: 'b-1:dir/SHA256SUMS', code: 'IMG.0057' },
    { url: 'b-1:release-1.2', code: undefined },
  ])('a create from $url: $code', async ({ url, code }) => {
    const size = 200 * 1024 ** 3;
    const objects = {
      'b-1/empty.raw': { size: 0 },
      'b-1/huge.qcow2': { size },
      'b-1/huge.raw': { size },
    };
    const { post } = await cloud({ objects });
    const { body } = await post(CREATE, { ...SYSTEM, image_url: url });
    expect((body['error'] as { code?: string } | undefined)?.code).toBe(code);
  });

  test.each([
    { host: '127.0.0.1:9090', path: '/b-1/dir/x.raw', bucket: 'b-1', key: 'dir/x.raw' },
    {
      host: 'b-1.obs.eu-de.otc.t-systems.com',
      path: '/dir/x.raw',
      bucket: 'b-1',
      key: 'dir/x.raw',
    },
    { host: 'b-1.localhost:9090', path: '/x%20y.raw', bucket: 'b-1', key: 'x y.raw' },
  ])('$host $path', ({ host, path, bucket, key }) => {
    expect(addressOf(host, path)).toEqual({ bucket, key });
  });
});
