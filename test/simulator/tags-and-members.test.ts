import { describe, expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { CREATE, cloud, LOGIN, PROJECT, SYSTEM } from './plain-cloud.ts';

const OTHER = { id: '2'.repeat(32), name: 'eu-de_other', region: 'eu-de' };

async function withImage(settings: SimulatorSettings = {}) {
  const made = await cloud({ duration: 0, projects: [OTHER], ...settings });
  await made.post(CREATE, SYSTEM);
  const id = made.simulator.accepted[0]?.image_ids[0] ?? '';
  const { auth } = LOGIN('demo-password');
  const body = { auth: { ...auth, scope: { project: { id: OTHER.id } } } };
  const { headers } = await made.call('POST', '/v3/auth/tokens', { body });
  const other = headers.get('x-subject-token') ?? '';
  const tags = async () => (await made.get(`/v2/images/${id}`)).body['tags'];
  const send = (method: string, path: string, json?: unknown) =>
    made.call(method, path, { token: made.token, ...(json === undefined ? {} : { body: json }) });
  return { ...made, id, other, tags, send };
}

describe('tags', () => {
  test('of Glance are keys: added, not doubled, removed by their text', async () => {
    const { send, tags, id } = await withImage();
    const path = (tag: string) => `/v2/images/${id}/tags/${tag}`;
    for (const _ of [1, 2]) expect((await send('PUT', path('red'))).status).toBe(204);
    expect(await tags()).toEqual(['k=v', 'red']);
    expect((await send('PUT', path('a=b'))).status).toBe(400);
    expect((await send('DELETE', path('k%3Dv'))).status).toBe(204);
    expect((await send('DELETE', path('k%3Dv'))).status).toBe(404);
    expect(await tags()).toEqual(['red']);
  });

  test('of IMS have values: set in two forms, listed with dots, found and counted', async () => {
    const { send, tags, id, get } = await withImage();
    const set = (body: object) => send('PUT', '/v1/cloudimages/tags', { image_id: id, ...body });
    expect((await set({ tag: 'k.w.x' })).status).toBe(204);
    expect((await set({ image_tag: { key: 'a', value: '' } })).status).toBe(204);
    expect((await set({})).status).toBe(400);
    expect(await tags()).toEqual(['k=w.x', 'a']);
    expect((await get('/v1/cloudimages/tags')).body).toEqual({ tags: ['k.w.x', 'a'] });
    const known = {
      tags: [
        { key: 'k', values: ['w.x'] },
        { key: 'a', values: [''] },
      ],
    };
    expect((await get(`/v2/${PROJECT}/images/tags`)).body).toEqual(known);
    const path = `/v2/${PROJECT}/images/resource_instances/action`;
    const find = async (body: object) => (await send('POST', path, body)).body['total_count'];
    const filter = { action: 'filter', limit: '1', offset: '0', matches: [] };
    expect(await find({ ...filter, tags: [{ key: 'k', values: ['w.x'] }] })).toBe(1);
    expect(await find({ action: 'count', not_tags: [{ key: 'k', values: [] }] })).toBe(0);
    expect(await find({ action: 'count', without_any_tag: true })).toBe(0);
  });

  test('of a project are changed in batches, and removed by key', async () => {
    const { send, tags, id } = await withImage();
    const path = `/v2/${PROJECT}/images/${id}/tags`;
    const more = {
      action: 'create',
      tags: [
        { key: 'k', value: '2' },
        { key: 'b', value: '3' },
      ],
    };
    expect((await send('POST', `${path}/action`, more)).status).toBe(204);
    expect(await tags()).toEqual(['k=2', 'b=3']);
    const absent = { action: 'delete', tags: [{ key: 'nothing' }, { key: 'k' }] };
    expect((await send('POST', `${path}/action`, absent)).status).toBe(204);
    expect((await send('DELETE', `${path}/b`)).status).toBe(204);
    expect((await send('DELETE', `${path}/b`)).status).toBe(404);
    expect(await tags()).toEqual([]);
  });

  test.each([
    { dialect: 'otc', count: 10, length: 36, status: 200 },
    { dialect: 'otc', count: 11, length: 36, status: 400 },
    { dialect: 'otc', count: 1, length: 37, status: 400 },
    { dialect: 'huawei', count: 15, length: 60, status: 200 },
    { dialect: 'huawei', count: 21, length: 9, status: 400 },
  ] as const)('$dialect: $count tags with keys of $length are $status', async (row) => {
    const { post } = await cloud({ dialect: row.dialect });
    const image_tags = Array.from({ length: row.count }, (_, at) => {
      return { key: String(at).padStart(row.length, 'k'), value: 'v' };
    });
    expect((await post(CREATE, { ...SYSTEM, image_tags })).status).toBe(row.status);
  });

  test('a patch of Glance, in both media types, replaces them', async () => {
    const { send, tags, id } = await withImage();
    const newer = [{ op: 'replace', path: '/tags', value: ['k=v', 'red'] }];
    expect((await send('PATCH', `/v2/images/${id}`, newer)).status).toBe(200);
    expect(await tags()).toEqual(['k=v', 'red']);
    const older = [{ replace: '/name', value: 'other' }];
    expect((await send('PATCH', `/v2/images/${id}`, older)).body).toMatchObject({ name: 'other' });
  });
});

describe('members', () => {
  test('see an image once they accepted it; only they decide, only the owner shares', async () => {
    const { send, call, id, other, get } = await withImage();
    const members = `/v2/images/${id}/members`;
    const asOther = (method: string, path: string, body?: object) =>
      call(method, path, { token: other, ...(body ? { body } : {}) });
    const seen = async (query = '') =>
      ((await asOther('GET', `/v2/cloudimages${query}`)).body['images'] as unknown[]).length;
    expect((await asOther('GET', `/v2/images/${id}`)).status).toBe(404);
    const shared = await send('POST', members, { member: OTHER.id });
    expect(shared.body).toMatchObject({ member_id: OTHER.id, status: 'pending', image_id: id });
    expect((await send('POST', members, { member: OTHER.id })).status).toBe(409);
    expect(await seen()).toBe(0);
    expect(await seen('?member_status=pending')).toBe(1);
    const accept = { status: 'accepted' };
    expect((await send('PUT', `${members}/${OTHER.id}`, accept)).status).toBe(403);
    expect((await asOther('PUT', `${members}/${OTHER.id}`, accept)).body).toMatchObject(accept);
    expect(await seen()).toBe(1);
    expect((await get('/v2/cloudimages?__imagetype=private')).body).toEqual({ images: [] });
    expect((await asOther('DELETE', `${members}/${OTHER.id}`)).status).toBe(403);
    expect((await send('DELETE', `${members}/${OTHER.id}`)).status).toBe(204);
    expect((await send('GET', members)).body).toMatchObject({ members: [] });
    expect(await seen()).toBe(0);
  });
});

test('an encrypted image is not shared', async () => {
  const { post, send, simulator } = await withImage();
  await post(CREATE, { ...SYSTEM, name: 'encrypted', cmk_id: 'key' });
  const id = simulator.accepted[1]?.image_ids[0] ?? '';
  const answer = await send('POST', `/v2/images/${id}/members`, { member: OTHER.id });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'IMG.0098' } } });
});

describe('discovery', () => {
  test('versions are there without a login', async () => {
    const { call, simulator } = await cloud();
    const self = `${simulator.url}/v3/`;
    for (const path of ['/v3', '/v3/']) {
      const version = { id: expect.stringMatching(/^v3/), links: [{ rel: 'self', href: self }] };
      expect(await call('GET', path)).toMatchObject({ status: 200, body: { version } });
    }
    for (const path of ['/', '/v2', '/v2/', '/v2.1']) {
      expect((await call('GET', path)).status).toBe(300);
    }
    expect((await call('GET', '/v4')).status).toBe(404);
  });

  test.each(['image', 'images', 'member', 'members'])('there is a schema of %s', async (name) => {
    const { get } = await cloud();
    expect((await get(`/v2/schemas/${name}`)).body).toMatchObject({ name, properties: {} });
  });
});
