import { describe, expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { CREATE, cloud, LOGIN, PROJECT, SYSTEM } from './plain-cloud.ts';

const OTHER = { id: '2'.repeat(32), name: 'eu-de_other', region: 'eu-de' };
const DUTCH = { id: '3'.repeat(32), name: 'eu-nl_demo', region: 'eu-nl' };

/** A cloud of several projects, and tokens for each. */
async function projects(settings: SimulatorSettings = {}) {
  const parts = await cloud({ projects: [OTHER, DUTCH], ...settings });
  const tokenFor = async (id: string) => {
    const { auth } = LOGIN('demo-password');
    const body = { auth: { ...auth, scope: { project: { id } } } };
    const { headers } = await parts.call('POST', '/v3/auth/tokens', { body });
    return headers.get('x-subject-token') ?? '';
  };
  return { ...parts, tokenFor };
}

interface Catalog {
  readonly type: string;
  readonly endpoints: readonly { interface: string; region: string; url: string }[];
}

describe('projects', () => {
  test('are all listed, with one named like each region, and found by name and by id', async () => {
    const { get } = await projects();
    const found = async (path: string) =>
      ((await get(path)).body['projects'] as { name: string }[]).map(({ name }) => name);
    const names = ['eu-de_demo', OTHER.name, DUTCH.name, 'eu-de', 'eu-nl'];
    expect(await found('/v3/auth/projects')).toEqual(names);
    expect(await found('/v3/projects?name=eu-nl_demo')).toEqual([DUTCH.name]);
    const { body } = await get(`/v3/projects/${OTHER.id}`);
    expect(body).toMatchObject({ project: { id: OTHER.id, name: OTHER.name } });
    expect((await get('/v3/projects/nobody')).status).toBe(404);
  });

  test('keep images and jobs for themselves', async () => {
    const { get, post, call, tokenFor, time, simulator } = await projects();
    const token = await tokenFor(OTHER.id);
    const { job_id } = (await call('POST', CREATE, { body: SYSTEM, token })).body;
    await post(CREATE, SYSTEM);
    time.now += 10_000;
    expect(simulator.accepted.map(({ projectId }) => projectId)).toEqual([OTHER.id, PROJECT]);
    const id = simulator.accepted[0]?.image_ids[0];
    const theirs = await call('GET', '/v2/cloudimages', { token });
    expect(theirs.body).toMatchObject({ images: [{ id, owner: OTHER.id }] });
    expect((await get('/v2/cloudimages')).body).toMatchObject({ images: [{ owner: PROJECT }] });
    expect((await get('/v2/images')).body['images']).toHaveLength(1);
    const ways = [`/v2/images/${id}`, `/v1/cloudimages/job/${String(job_id)}`];
    for (const path of ways) {
      expect([(await get(path)).status, (await call('GET', path, { token })).status]).toEqual([
        404, 200,
      ]);
    }
    const job = `/v1/${OTHER.id}/jobs/${String(job_id)}`;
    expect((await call('GET', job, { token })).body).toMatchObject({ status: 'SUCCESS' });
    expect((await get(job)).body).toMatchObject({ error: { code: 'IMG.0030' } });
  });

  test('share one quota', async () => {
    const { post, call, tokenFor } = await projects({ imageQuota: 1 });
    await call('POST', CREATE, { body: SYSTEM, token: await tokenFor(OTHER.id) });
    expect((await post(CREATE, SYSTEM)).body).toMatchObject({ error: { code: 'IMG.0015' } });
  });

  test('are served by their region only', async () => {
    const { call, tokenFor, simulator } = await projects();
    const token = await tokenFor(DUTCH.id);
    const there = '/_region/eu-nl/v2/cloudimages';
    expect((await call('GET', there, { token })).status).toBe(200);
    const here = await call('GET', '/v2/cloudimages', { token });
    expect(here).toMatchObject({ status: 401, body: { error_code: 'APIGW.0307' } });
    expect(simulator.stats.endpoints).toEqual({ 'eu-de public': 3, 'eu-nl public': 1 });
  });
});

describe('the catalog', () => {
  async function catalogOf(settings: SimulatorSettings) {
    const { get, simulator, login } = await projects(settings);
    const catalog = (await get('/v3/auth/catalog')).body['catalog'] as readonly Catalog[];
    const image = catalog.find(({ type }) => type === 'image')?.endpoints;
    return { catalog, image, url: simulator.url, get, token: login.body['token'] };
  }

  test('names every region and interface, each with an address that answers', async () => {
    const { image, url, get } = await catalogOf({ catalogInterfaces: ['internal', 'public'] });
    expect(image).toMatchObject([
      { interface: 'internal', region: 'eu-de', url: `${url}/_internal` },
      { interface: 'public', region: 'eu-de', url },
      { interface: 'internal', region: 'eu-nl', url: `${url}/_region/eu-nl/_internal` },
      { interface: 'public', region: 'eu-nl', url: `${url}/_region/eu-nl` },
    ]);
    expect((await get('/_internal/v2/cloudimages')).status).toBe(200);
    expect((await get('/_admin/v3/auth/projects')).status).toBe(200);
  });

  test('may lack IMS, or everything', async () => {
    const most = await catalogOf({ catalog: 'noImage' });
    expect([most.catalog.length, most.image]).toEqual([5, undefined]);
    const nothing = await catalogOf({ catalog: 'none' });
    expect(nothing.catalog).toEqual([]);
    expect(nothing.token).not.toHaveProperty('catalog');
  });
});

describe('the control API', () => {
  test('shows every switch except the keys of the server', async () => {
    const { call } = await cloud();
    const { body } = await call('GET', '/_control/options');
    expect(body).toMatchObject({ mfa: false, catalogInterfaces: ['public'] });
    expect(body).not.toHaveProperty('tls');
  });

  test('changes switches that are lists and objects, where they have the right form', async () => {
    const { call, simulator } = await cloud();
    const put = (body: object) => call('PUT', '/_control/options', { body });
    const temporaryKeys = { accessKey: 'A', secretKey: 'S', securityToken: 'T' };
    expect((await put({ temporaryKeys, catalog: 'none', mfa: true })).status).toBe(200);
    expect(simulator.state.options).toMatchObject({ temporaryKeys, catalog: 'none', mfa: true });
    const wrong = [
      { temporaryKeys: { accessKey: 'A' } },
      { agency: { name: 'x' } },
      { catalogInterfaces: ['private'] },
      { catalogInterfaces: [] },
      { catalog: 'some' },
      { agencySpelling: 'x' },
      { projects: [] },
      { tls: { cert: '', key: '' } },
    ];
    for (const body of wrong) expect([body, (await put(body)).status]).toEqual([body, 400]);
  });
});
