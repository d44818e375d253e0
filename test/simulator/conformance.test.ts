import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { type SimulatorSettings, startSimulator } from '../../src/simulator/start-simulator.ts';

const PROJECT = '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6';
const SYSTEM = {
  name: 'ims_test_file',
  image_url: 'ims-image:centos70.qcow2',
  os_version: 'CentOS 7.0 64bit',
  min_disk: 40,
  image_tags: [{ key: 'k', value: 'v' }],
};
const LOGIN = (password: string) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: { name: 'demo', password, domain: { name: 'OTC00000000001000000001' } },
      },
    },
    scope: { project: { name: 'eu-de_demo' } },
  },
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** A simulator with a hand-moved clock, and a plain client that knows nothing of ours. */
async function cloud(settings: SimulatorSettings = {}) {
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock: Clock = { ...systemClock, now: () => time.now };
  const simulator = await startSimulator({ duration: 10_000, ...settings }, clock);
  onTestFinished(() => simulator.close());
  const call = async (
    method: string,
    path: string,
    { body, token = '' }: { body?: unknown; token?: string } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
    return { status: response.status, body: json, headers: response.headers };
  };
  const login = await call('POST', '/v3/auth/tokens', { body: LOGIN('demo-password') });
  const token = login.headers.get('x-subject-token') ?? '';
  return {
    simulator,
    time,
    login,
    call,
    get: (path: string) => call('GET', path, { token }),
    post: (path: string, body: unknown) => call('POST', path, { body, token }),
  };
}

const CREATE = '/v2/cloudimages/action';

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

describe('a create', () => {
  test.each([
    { what: 'no name', change: { name: undefined }, code: 'IMG.0013' },
    { what: 'a name of 129', change: { name: 'x'.repeat(129) }, code: 'IMG.0002' },
    { what: 'a slash in the name', change: { name: 'a/b' }, code: 'IMG.0003' },
    { what: 'a long description', change: { description: 'x'.repeat(1025) }, code: 'IMG.0004' },
    { what: '< in the description', change: { description: 'a < b' }, code: 'IMG.0054' },
    { what: 'no colon', change: { image_url: 'centos.qcow2' }, code: 'IMG.0017' },
    { what: 'a space in the file', change: { image_url: 'ims-image:a b' }, code: 'IMG.0175' },
    { what: 'a bad bucket', change: { image_url: 'IMS:a' }, code: 'IMG.0109' },
    {
      what: 'a file that is not there',
      change: { image_url: 'ims-image:missing' },
      code: 'IMG.0057',
    },
    { what: 'a disk of 1025', change: { min_disk: 1025 }, code: 'IMG.0055' },
    { what: 'another os_type', change: { os_type: 'linux' }, code: 'IMG.0122' },
    { what: 'another type', change: { type: 'VM' }, code: 'IMG.0024' },
    { what: 'both kinds of tags', change: { tags: ['a.b'] }, code: 'IMG.0115' },
    {
      what: 'eleven tags',
      change: { image_tags: Array.from({ length: 11 }, (_, n) => ({ key: `k${n}`, value: '' })) },
      code: 'IMG.0116',
    },
    {
      what: 'a value of 44',
      change: { image_tags: [{ key: 'k', value: 'v'.repeat(44) }] },
      code: 'IMG.0115',
    },
    { what: 'a firmware', change: { hw_firmware_type: 'UEFI' }, code: 'IMG.0141' },
    {
      what: 'four data disks',
      change: { data_images: [1, 2, 3, 4].map((n) => ({ image_url: `b-1:${n}`, min_disk: 1 })) },
      code: 'IMG.0194',
    },
  ])('with $what is $code', async ({ change, code }) => {
    const { post, simulator } = await cloud();
    expect(await post(CREATE, { ...SYSTEM, ...change })).toMatchObject({
      status: 400,
      body: { error: { code } },
    });
    expect(simulator.accepted).toHaveLength(0);
  });

  test('above the quota is IMG.0015, above forty tasks IMG.0060', async () => {
    const full = await cloud({ imageQuota: 1 });
    expect((await full.post(CREATE, SYSTEM)).status).toBe(200);
    expect((await full.post(CREATE, SYSTEM)).body).toMatchObject({ error: { code: 'IMG.0015' } });
    const busy = await cloud({ taskLimit: 1 });
    expect((await busy.post(CREATE, SYSTEM)).status).toBe(200);
    expect((await busy.post(CREATE, SYSTEM)).body).toMatchObject({ error: { code: 'IMG.0060' } });
    busy.time.now += 10_000;
    expect((await busy.post(CREATE, SYSTEM)).status).toBe(200);
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

  test('the same seed gives the same ids', async () => {
    const first = await cloud({ seed: 5 });
    const second = await cloud({ seed: 5 });
    const one = await first.post(CREATE, SYSTEM);
    expect((await second.post(CREATE, SYSTEM)).body).toEqual(one.body);
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

describe('faults', () => {
  test.each([
    { fault: 'dropBefore', accepted: 0 },
    { fault: 'dropAfter', accepted: 1 },
    { fault: 'http500', accepted: 0 },
    { fault: 'http504Accepted', accepted: 1 },
    { fault: 'htmlAccepted', accepted: 1 },
    { fault: 'noJobId', accepted: 0 },
    { fault: 'throttle', accepted: 0 },
    { fault: 'redirect', accepted: 0 },
  ])(
    '$fault: $accepted accepted, and no job id reaches the client',
    async ({ fault, accepted }) => {
      const { post, simulator } = await cloud({ createFaults: { [fault]: 1 } });
      const answer = await post(CREATE, SYSTEM).catch(() => undefined);
      expect(answer?.body['job_id']).toBeUndefined();
      expect(simulator.accepted).toHaveLength(accepted);
    },
  );
});
