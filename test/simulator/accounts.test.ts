import { describe, expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { CREATE, cloud, PROJECT, SYSTEM } from './plain-cloud.ts';

const EPS = '8f3e5c1a-7b2d-4e6f-9a0c-1d2e3f4a5b6c';
const OTHER = '11111111-2222-4333-8444-555555555555';

/** A cloud with one image that was there before the account lost what it lacks. */
async function withImage(settings: SimulatorSettings, change: object = {}) {
  const made = await cloud();
  const { body } = await made.post(CREATE, { ...SYSTEM, ...change });
  made.time.now += 20_000;
  made.simulator.set(settings);
  const id = made.simulator.accepted[0]?.image_ids[0] ?? '';
  const { token } = made;
  const patch = (of: string, changes: readonly object[]) =>
    made.call('PATCH', `/v2/cloudimages/${of}`, { body: changes, token });
  return { ...made, id, patch, jobId: String(body['job_id']) };
}

describe('a user without a right', () => {
  test('ims:images:get: images cannot be read, but listed, also by id', async () => {
    const { get, id, jobId } = await withImage({ missingRights: ['ims:images:get'] });
    const refused = { status: 403, body: { error: { code: 'IMG.0026' } } };
    expect(await get(`/v2/images/${id}`)).toMatchObject(refused);
    expect(await get('/v2/images/nobody')).toMatchObject(refused);
    const listed = { status: 200, body: { images: [{ id, status: 'active' }] } };
    expect(await get(`/v2/cloudimages?id=${id}`)).toMatchObject(listed);
    expect(await get('/v2/images')).toMatchObject(listed);
    expect((await get(`/v1/${PROJECT}/jobs/${jobId}`)).status).toBe(200);
  });

  test.each([
    {
      right: 'ims:images:list',
      paths: ['/v2/cloudimages', '/v2/images', '/v1/cloudimages/os_version'],
    },
    { right: 'ims:quotas:get', paths: ['/v1/cloudimages/quota'] },
  ] as const)('$right: $paths', async ({ right, paths }) => {
    const { get } = await cloud({ missingRights: [right], permissionStatus: 400 });
    for (const path of paths) {
      expect(await get(path)).toMatchObject({ status: 400, body: { error: { code: 'IMG.0026' } } });
    }
  });

  test('ims:dataImages:create: data disks only, whichever way they come', async () => {
    const { post, simulator } = await cloud({ missingRights: ['ims:dataImages:create'] });
    const quick = { ...SYSTEM, image_url: 'b-1:a.zvhd2' };
    const data = { name: 'd', image_url: 'b-1:d.zvhd2', min_disk: 40, type: 'DataImage' };
    const path = '/v2/cloudimages/quickimport/action';
    expect((await post(path, quick)).status).toBe(200);
    expect((await post(path, data)).status).toBe(403);
    expect((await post('/v1/cloudimages/dataimages/action', data)).status).toBe(403);
    expect(simulator.accepted).toHaveLength(1);
  });

  test('ims:serverImages:create: an image is not moved to another enterprise project, but changed', async () => {
    const { patch, id } = await withImage({
      missingRights: ['ims:serverImages:create'],
      enterpriseProjects: [EPS],
    });
    const change = (path: string, value: string) => patch(id, [{ op: 'add', path, value }]);
    expect((await change('/enterprise_project_id', EPS)).status).toBe(403);
    expect((await change('/__description', 'x')).status).toBe(200);
  });

  test('a create that is refused is not accepted late, either', async () => {
    const { post, simulator, time } = await cloud({
      missingRights: ['ims:serverImages:create'],
      nextCreates: { lateAccept: 1 },
    });
    await expect(post(CREATE, SYSTEM)).rejects.toThrow();
    time.now += 60_000;
    expect(simulator.accepted).toEqual([]);
  });
});

describe('a user with rights in one enterprise project only', () => {
  test.each([
    { query: '', status: 403 },
    { query: '?enterprise_project_id=0', status: 403 },
    { query: `?enterprise_project_id=${OTHER}`, status: 403 },
    { query: `?enterprise_project_id=${EPS}`, status: 200 },
    { query: '?enterprise_project_id=all_granted_eps', status: 200 },
  ])('a list with "$query" is $status', async ({ query, status }) => {
    const { get } = await cloud({ onlyEnterpriseProject: EPS });
    expect((await get(`/v2/cloudimages${query}`)).status).toBe(status);
  });

  test('sees images of that project, and reads no other', async () => {
    const { get, post, id, simulator } = await withImage({ onlyEnterpriseProject: EPS });
    const own = { ...SYSTEM, name: 'own', enterprise_project_id: EPS };
    expect((await post(CREATE, SYSTEM)).status).toBe(403);
    expect((await post(CREATE, own)).status).toBe(200);
    const ownId = simulator.accepted[1]?.image_ids[0] ?? '';
    const { body } = await get('/v2/cloudimages?enterprise_project_id=all_granted_eps');
    expect(body['images']).toMatchObject([{ id: ownId, enterprise_project_id: EPS }]);
    expect((await get(`/v2/images/${ownId}`)).status).toBe(200);
    expect((await get(`/v2/images/${id}`)).status).toBe(403);
  });

  test('copies within the region only', async () => {
    const { post, id } = await withImage(
      { onlyEnterpriseProject: EPS },
      { enterprise_project_id: EPS },
    );
    const copy = { name: 'copy', enterprise_project_id: EPS };
    expect((await post(`/v1/cloudimages/${id}/copy`, copy)).status).toBe(200);
    const across = { ...copy, region: 'eu-nl', project_name: 'eu-nl_demo', agency_name: 'a' };
    expect((await post(`/v1/cloudimages/${id}/cross_region_copy`, across)).status).toBe(403);
  });

  test('reaches no call that knows no enterprise projects', async () => {
    const { get, id } = await withImage(
      { onlyEnterpriseProject: EPS },
      { enterprise_project_id: EPS },
    );
    const paths = ['/v2/images', '/v1/cloudimages/os_version', `/v2/${PROJECT}/images/${id}/tags`];
    for (const path of paths) expect((await get(path)).status).toBe(403);
    expect((await get('/v1/cloudimages/quota')).status).toBe(200);
  });
});

test('lists hold images of the enterprise project that they name', async () => {
  const { get } = await withImage({}, { enterprise_project_id: EPS });
  const found = async (query: string) =>
    ((await get(`/v2/cloudimages${query}`)).body['images'] as readonly unknown[]).length;
  expect(await found('')).toBe(1);
  expect(await found('?enterprise_project_id=0')).toBe(0);
  expect(await found(`?enterprise_project_id=${EPS}`)).toBe(1);
  expect(await found('?enterprise_project_id=all_granted_eps')).toBe(1);
});

describe('answers by the name of a call', () => {
  test.each([
    { code: 'APIGW.0101', answer: { status: 404, body: { error_code: 'APIGW.0101' } } },
    { code: 'IMG.0144', answer: { status: 400, body: { error: { code: 'IMG.0144' } } } },
    { code: 'IMG.0026', answer: { status: 403, body: { error: { code: 'IMG.0026' } } } },
    { code: 'IAM.0003', answer: { status: 403, body: { error_code: 'IAM.0003' } } },
    { code: '503', answer: { status: 503, body: { text: 'Answered with 503' } } },
    {
      code: { code: 'Common.0011', status: 500, message: 'odd' },
      answer: { status: 500, body: { error: { code: 'Common.0011', message: 'odd' } } },
    },
  ])('$code in place of an image', async ({ code, answer }) => {
    const { get, id } = await withImage({ answers: { image: code } });
    expect(await get(`/v2/images/${id}`)).toMatchObject(answer);
    expect((await get(`/v2/cloudimages?id=${id}`)).status).toBe(200);
  });

  test('logins and OBS have theirs', async () => {
    const { call, simulator } = await cloud();
    simulator.set({ answers: { login: 'IAM.0061', 'obs HEAD': 'SlowDown' } });
    const login = await call('POST', '/v3/auth/tokens', { body: {} });
    expect(login).toMatchObject({ status: 401, body: { error_code: 'IAM.0061' } });
    expect((await call('HEAD', '/b-1/a.raw')).status).toBe(503);
  });

  test('a create that is answered with a code is counted, and accepted only when the switch includes that', async () => {
    const { post, simulator } = await cloud({ answers: { 'create system': 'IMG.0074' } });
    const code = (number: string) => ({ status: 400, body: { error: { code: `IMG.${number}` } } });
    expect(await post(CREATE, SYSTEM)).toMatchObject(code('0074'));
    expect(simulator.stats.posts).toBe(1);
    expect(simulator.accepted).toHaveLength(0);
    simulator.set({ answers: { 'create system': { code: 'IMG.0018', accepted: true } } });
    expect(await post(CREATE, SYSTEM)).toMatchObject(code('0018'));
    expect(await post(CREATE, { ...SYSTEM, name: '' })).toMatchObject(code('0013'));
    expect(simulator.accepted).toMatchObject([{ late: true }]);
  });

  test.each([
    { answers: { nonsense: 'IMG.0001' } },
    { answers: { image: '' } },
    { missingRights: ['ims:everything'] },
    { statusWords: { gone: 'deleted' } },
  ])('%o is refused', async (options) => {
    const { call } = await cloud();
    expect((await call('PUT', '/_control/options', { body: options })).status).toBe(400);
  });
});

test('a quota of -1 is none', async () => {
  const { post, get } = await cloud({ imageQuota: -1 });
  expect((await post(CREATE, SYSTEM)).status).toBe(200);
  const { quotas } = (await get('/v1/cloudimages/quota')).body as {
    quotas: { resources: readonly object[] };
  };
  expect(quotas.resources[0]).toMatchObject({ type: 'image', used: 1, quota: -1 });
});

test('an odd catalog has services without type, and endpoints without URL, before the right ones', async () => {
  const { login, simulator } = await cloud({ catalog: 'odd' });
  const { catalog } = login.body['token'] as { catalog: readonly object[] };
  const urls = catalog.flatMap((service) => {
    const { type, endpoints } = service as {
      type?: string;
      endpoints: readonly { url?: string }[];
    };
    return type === 'image' ? endpoints.map(({ url }) => url) : [];
  });
  expect(urls).toEqual([undefined, simulator.url]);
});

test('states of images have other words, also in the filter', async () => {
  const { post, get, time } = await cloud({ statusWords: { saving: 'importing' } });
  await post(CREATE, SYSTEM);
  time.now += 5000;
  const importing = { images: [{ status: 'importing' }] };
  expect((await get('/v2/cloudimages?status=importing')).body).toMatchObject(importing);
  expect((await get('/v2/cloudimages?status=saving')).body).toEqual({ images: [] });
});

test('imports fail with any code', async () => {
  const { post, get, time } = await cloud({ failCode: 'IMG.0138' });
  const { body } = await post(CREATE, { ...SYSTEM, image_url: 'b-1:broken.raw' });
  time.now += 10_000;
  const job = await get(`/v1/${PROJECT}/jobs/${String(body['job_id'])}`);
  expect(job.body).toMatchObject({ status: 'FAIL', error_code: 'IMG.0138' });
});
