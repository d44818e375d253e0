import { describe, expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { CREATE, cloud, PROJECT, SYSTEM } from './plain-cloud.ts';

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };

async function filled(settings: SimulatorSettings = {}) {
  const made = await cloud(settings);
  const list = async (query = '') => {
    const { body } = await made.get(`/v2/cloudimages?${query}`);
    return body['images'] as readonly Row[];
  };
  const names = async (query = '') => (await list(query)).map(({ name }) => name);
  const add = async (name: string, change: object = {}) => {
    const { body } = await made.post(CREATE, { ...SYSTEM, name, ...change });
    made.time.now += 1000;
    return String(body['job_id']);
  };
  return { ...made, list, names, add };
}

describe('GET /v2/cloudimages', () => {
  test.each([
    { query: 'tag=a%3D1', found: ['one'] },
    { query: 'tag=a%3D2', found: [] },
    { query: 'tag=bare', found: ['two'] },
    { query: 'virtual_env_type=Ironic', found: ['two'] },
    { query: '__imagetype=private&visibility=private', found: ['two', 'one'] },
    { query: '__imagetype=gold', found: [] },
    { query: 'created_at=lt:2026-01-01T00:00:01Z', found: ['one'] },
    { query: 'created_at=neq:2026-01-01%2000:00:00', found: ['two'] },
    { query: 'min_disk=40&__os_type=Linux', found: ['two', 'one'] },
    { query: 'sort_key=name&sort_dir=asc', found: ['one', 'two'] },
    { query: '__support_kvm=true', found: [] },
    { query: 'limit=1', found: ['two'] },
    { query: 'limit=0', found: [] },
  ])('$query: $found', async ({ query, found }) => {
    const { add, names } = await filled();
    await add('one', { image_tags: [{ key: 'a', value: '1' }] });
    await add('two', { image_tags: undefined, tags: ['bare'], type: 'BMS' });
    expect(await names(query)).toEqual(found);
  });

  test.each([
    ...['limit=-1', 'limit=x', 'sort_key=colour', 'marker=nobody', 'sort_dir=up'],
    ...['colour=red', 'visibility=nonsense', 'status=ready', '__imagetype=mine'],
    ...['created_at=yesterday', 'created_at=gte:2026-01-01', '__isregistered=yes'],
  ])('%s is 400', async (query) => {
    const { get } = await filled();
    expect((await get(`/v2/cloudimages?${query}`)).status).toBe(400);
  });

  test('Glance takes unknown filters for attributes, and knows the visibilities', async () => {
    const { add, get } = await filled();
    await add('one');
    expect((await get('/v2/images?colour=red')).body['images']).toEqual([]);
    expect((await get('/v2/images?visibility=all')).body['images']).toHaveLength(1);
    expect((await get('/v2/images?visibility=nonsense')).status).toBe(400);
  });

  test('shows images that are not registered yet only when a filter requests them', async () => {
    const { post, names, get, time } = await filled({ registeredAt: 'end' });
    await post(CREATE, SYSTEM);
    expect(await names()).toEqual([]);
    expect(await names('__isregistered=false')).toEqual([SYSTEM.name]);
    expect((await get('/v2/images')).body['images']).toHaveLength(1);
    time.now += 10_000;
    expect(await names()).toEqual([SYSTEM.name]);
  });

  test('names the next page only where it is switched on, and never on the last', async () => {
    const { add, get, simulator } = await filled();
    for (const name of ['a', 'b', 'c']) await add(name);
    expect((await get('/v2/cloudimages?limit=2')).body).not.toHaveProperty('next');
    simulator.set({ listNextLink: true });
    const first = await get(`/v2/cloudimages?limit=2&owner=${PROJECT}`);
    const next = await get(String(first.body['next']));
    expect(next.body).toMatchObject({ images: [{ name: 'a' }] });
    expect(next.body).not.toHaveProperty('next');
  });

  test.each([
    { when: 'init', seen: [1, 1, 1] },
    { when: 'running', seen: [0, 1, 1] },
    { when: 'end', seen: [0, 0, 1] },
  ] as const)('tags visible at $when: $seen', async ({ when, seen }) => {
    const { post, names, time } = await filled({ tagsVisibleAt: when });
    await post(CREATE, SYSTEM);
    const counts = [];
    for (const _ of seen) {
      counts.push((await names('tag=k%3Dv')).length);
      time.now += 5000;
    }
    expect(counts).toEqual(seen);
  });

  test('an image of somebody else is there, and not ours', async () => {
    const { call, list, names } = await filled();
    const body = { name: 'foreign', owner: 'other', tags: ['a=1'], __data_origin: 'image,eu-nl,x' };
    await call('POST', '/_control/images', { body });
    expect(await list()).toMatchObject([{ owner: 'other', __data_origin: 'image,eu-nl,x' }]);
    expect(await names(`owner=${PROJECT}`)).toEqual([]);
    expect(await names('tag=a%3D1')).toEqual(['foreign']);
  });
});

describe('GET /v2/images', () => {
  test('pages of 25, with first, next and schema', async () => {
    const { add, get } = await filled();
    for (let n = 0; n < 26; n += 1) await add(`n-${n}`);
    const { body } = await get('/v2/images');
    expect(body).toMatchObject({ first: '/v2/images', schema: '/v2/schemas/images' });
    expect(body['images']).toHaveLength(25);
    const last = (await get(String(body['next']))).body;
    expect(last['images']).toMatchObject([{ name: 'n-0' }]);
    expect(last).not.toHaveProperty('next');
  });

  test('an unknown image is a 404 in plain text', async () => {
    const { get } = await filled();
    const answer = await get('/v2/images/nobody');
    expect(answer.status).toBe(404);
    expect(answer.body['text']).toContain('No image found with ID nobody');
  });
});

describe('one image', () => {
  const ready = async () => {
    const made = await filled();
    await made.add('x');
    const [image] = await made.list();
    const id = image?.id ?? '';
    const call = (method: string, path: string, body?: unknown) =>
      made.call(method, path, { token: made.token, body });
    return { ...made, id, call };
  };

  test('cannot be deleted while it is made; afterwards it frees its place', async () => {
    const { call, get, id, names, simulator } = await ready();
    const early = await call('DELETE', `/v2/images/${id}`);
    expect(early).toMatchObject({ status: 400, body: { error: { code: 'IMG.0090' } } });
    simulator.finishAll();
    expect((await call('DELETE', `/v2/images/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/v2/images/${id}`)).status).toBe(404);
    expect(await names()).toEqual([]);
    const quota = (await get('/v1/cloudimages/quota')).body;
    expect(quota).toMatchObject({ quotas: { resources: [{ type: 'image', used: 0 }, {}, {}] } });
  });

  test('is renamed once it is active', async () => {
    const { call, id, names, simulator } = await ready();
    const change = [{ op: 'replace', path: '/name', value: 'y' }];
    const early = await call('PATCH', `/v2/cloudimages/${id}`, change);
    expect(early.body).toMatchObject({ error: { code: 'IMG.0046' } });
    simulator.finishAll();
    expect((await call('PATCH', `/v2/images/${id}`, change)).body).toMatchObject({ name: 'y' });
    expect(await names('name=y')).toEqual(['y']);
    expect(await names('name=x')).toEqual([]);
  });

  test('gets tags, and the same key again replaces the value', async () => {
    const { call, get, id, names } = await ready();
    const path = `/v2/${PROJECT}/images/${id}/tags`;
    for (const value of ['1', '2']) {
      expect((await call('POST', path, { tag: { key: 'a', value } })).status).toBe(204);
    }
    const tags = [
      { key: 'k', value: 'v' },
      { key: 'a', value: '2' },
    ];
    expect((await get(path)).body).toEqual({ tags });
    expect(await names('tag=a%3D1')).toEqual([]);
    expect(await names('tag=a%3D2')).toEqual(['x']);
    const wrong = await get(`/v2/other/images/${id}/tags`);
    expect(wrong.body).toMatchObject({ error: { code: 'IMG.0030' } });
  });
});
