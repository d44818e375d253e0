import { describe, expect, test } from 'vitest';
import { CREATE, cloud, LOGIN, PROJECT, SYSTEM } from './plain-cloud.ts';

describe('IAM', () => {
  test('gives a long token, microseconds, and IMS in the catalog without a version', async () => {
    const { login, simulator } = await cloud();
    expect(login.status).toBe(201);
    expect(login.headers.get('x-subject-token')?.length).toBeGreaterThan(2000);
    const { token } = login.body as {
      token: {
        expires_at: string;
        catalog: { type: string; endpoints: { url: string }[] }[];
        project: { id: string };
      };
    };
    expect(token.expires_at).toMatch(/\.\d{6}Z$/);
    expect(token.project.id).toBe(PROJECT);
    const image = token.catalog.find(({ type }) => type === 'image');
    expect(image?.endpoints[0]?.url).toBe(simulator.url);
  });

  test('refuses a wrong password, and locks the account after five', async () => {
    const { call } = await cloud();
    const wrong = () => call('POST', '/v3/auth/tokens', { body: LOGIN('no') });
    expect(await wrong()).toMatchObject({ status: 401, body: { error: { code: 401 } } });
    for (const _ of [2, 3, 4, 5]) await wrong();
    expect(await wrong()).toMatchObject({ status: 401, body: { error_code: 'IAM.0061' } });
  });

  test('a token that is dead, revoked or missing is APIGW.0307', async () => {
    const { get, call, time, simulator } = await cloud({ tokenLifeMs: 1000 });
    expect((await get('/v1/cloudimages/quota')).status).toBe(200);
    const dead = { status: 401, body: { error_code: 'APIGW.0307' } };
    expect(await call('GET', '/v1/cloudimages/quota')).toMatchObject(dead);
    time.now += 1000;
    expect(await get('/v1/cloudimages/quota')).toMatchObject(dead);
    simulator.revokeTokens();
    expect(await get('/v1/cloudimages/quota')).toMatchObject(dead);
  });
});

describe('the life of an import', () => {
  test('INIT → RUNNING with a share → SUCCESS; queued → saving → active', async () => {
    const { post, get, time } = await cloud();
    const { job_id } = (await post(CREATE, SYSTEM)).body;
    const job = async () => (await get(`/v1/${PROJECT}/jobs/${String(job_id)}`)).body;
    const image = async () => {
      const { images } = (await get('/v2/cloudimages?tag=k%3Dv')).body as {
        images: { id: string; status: string }[];
      };
      return images[0];
    };
    expect(await job()).toMatchObject({ status: 'INIT', end_time: '', error_code: null });
    expect(await image()).toMatchObject({ status: 'queued' });
    time.now += 5000;
    expect(await job()).toMatchObject({ status: 'RUNNING', entities: { process_percent: 0.5 } });
    expect(await image()).toMatchObject({ status: 'saving' });
    time.now += 5000;
    const { id } = (await image()) ?? {};
    expect(await job()).toMatchObject({ status: 'SUCCESS', entities: { image_id: id } });
    expect(await image()).toMatchObject({
      status: 'active',
      __data_origin: 'file,ims-image:centos70.qcow2',
      max_ram: '0',
    });
  });

  test('a broken file fails in the job, with code and reason', async () => {
    const { post, get, time } = await cloud();
    const { job_id } = (await post(CREATE, { ...SYSTEM, image_url: 'b-1:broken.raw' })).body;
    time.now += 10_000;
    const { body } = await get(`/v1/${PROJECT}/jobs/${String(job_id)}`);
    expect(body).toMatchObject({ status: 'FAIL', error_code: 'IMG.0072' });
  });

  test('the switches: when ids and tags show, times, what a failure leaves, unknown jobs', async () => {
    const { post, get, time, simulator } = await cloud({
      imageIdAt: 'init',
      tagsVisibleAt: 'end',
      oldTimeFormat: true,
      emptyEndTime: null,
      failedLeaves: 'nothing',
    });
    const path = async (image_url: string) =>
      `/v1/${PROJECT}/jobs/${String((await post(CREATE, { ...SYSTEM, image_url })).body['job_id'])}`;
    const [good, bad] = [await path('b-1:ok.raw'), await path('b-1:broken.raw')];
    const [image_id, failed_id] = simulator.accepted.map(({ image_ids }) => image_ids[0]);
    const begin_time = '01-Jan-2026 00:00:00:000';
    const init = { status: 'INIT', begin_time, end_time: null, entities: { image_id } };
    expect((await get(good)).body).toMatchObject(init);
    expect((await get(`/v2/images/${image_id}`)).body).toMatchObject({ tags: [] });
    time.now += 10_000;
    expect((await get(`/v2/images/${image_id}`)).body).toMatchObject({ tags: ['k=v'] });
    expect((await get(bad)).body).toMatchObject({
      status: 'FAIL',
      fail_reason: expect.any(String),
    });
    expect((await get(`/v2/images/${failed_id}`)).status).toBe(404);
    expect((await get(`/v1/${PROJECT}/jobs/nobody`)).status).toBe(404);
    simulator.set({ unknownJob: 'IMG.0023', tagForm: 'k.v' });
    const unknown = await get(`/v1/${PROJECT}/jobs/nobody`);
    expect(unknown).toMatchObject({ status: 400, body: { error: { code: 'IMG.0023' } } });
    expect((await get(`/v2/images/${image_id}`)).body).toMatchObject({ tags: ['k.v'] });
  });

  test('several images of one job are listed when it has succeeded', async () => {
    const { post, get, time, simulator } = await cloud();
    const data_images = [{ image_url: 'b-1:d.raw', min_disk: 1 }];
    const { job_id } = (await post(CREATE, { ...SYSTEM, data_images })).body;
    time.now += 10_000;
    const [main, disk] = simulator.accepted[0]?.image_ids ?? [];
    const { body } = await get(`/v1/cloudimages/job/${String(job_id)}`);
    const sub_jobs_result = [{ status: 'SUCCESS', entities: { image_id: disk } }];
    expect(body).toMatchObject({ entities: { image_id: main, sub_jobs_result } });
    expect((await get(`/v2/images/${disk}`)).body).toMatchObject({ virtual_env_type: 'DataImage' });
  });
});

describe('the list', () => {
  test('pages by marker, filters by name, owner, status and time', async () => {
    const { post, get, time } = await cloud();
    for (const name of ['a', 'b', 'c']) {
      await post(CREATE, { ...SYSTEM, name });
      time.now += 1000;
    }
    const ids = async (query: string) => {
      const { images } = (await get(`/v2/cloudimages?${query}`)).body as {
        images: { name: string; id: string }[];
      };
      return images;
    };
    const all = await ids(`owner=${PROJECT}`);
    expect(all.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    const rest = await ids(`limit=2&marker=${all[0]?.id}`);
    expect(rest.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(await ids('name=b')).toHaveLength(1);
    expect(await ids('status=active')).toHaveLength(0);
    expect(await ids('owner=somebody')).toHaveLength(0);
    expect(await ids('created_at=gte:2026-01-01T00:00:01Z')).toHaveLength(2);
  });

  test('shows an image only after the listing delay', async () => {
    const { post, get, time } = await cloud({ listingDelayMs: 2000 });
    await post(CREATE, SYSTEM);
    expect((await get('/v2/cloudimages')).body).toEqual({ images: [] });
    time.now += 2000;
    expect((await get('/v2/cloudimages')).body).toMatchObject({ images: [{ name: SYSTEM.name }] });
  });
});
