import { describe, expect, test } from 'vitest';
import type { CreateFaults } from '../../simulator/faults/faults.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { until } from '../support/until.ts';
import { CREATE, cloud, createInVain, PROJECT, SYSTEM } from './plain-cloud.ts';

const QUOTA = '/v1/cloudimages/quota';
const MARKED = { ...SYSTEM, image_tags: [{ key: 'imsferry', value: 'K'.repeat(43) }] };

describe('limits', () => {
  test('an image above the quota is IMG.0015; images being made count', async () => {
    const { post, get } = await cloud({ imageQuota: 2 });
    const data_images = [{ image_url: 'b-1:d.raw', min_disk: 1 }];
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
    const full = { status: 400, body: { error: { code: 'IMG.0015' } } };
    expect(await post(CREATE, { ...SYSTEM, data_images })).toMatchObject(full);
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
    expect(await post(CREATE, SYSTEM)).toMatchObject(full);
    const { quotas } = (await get(QUOTA)).body as { quotas: { resources: object[] } };
    expect(quotas.resources).toContainEqual(
      expect.objectContaining({ type: 'image', used: 2, quota: 2 }),
    );
  });

  test('the 41st task is IMG.0060 until one of the forty ends', async () => {
    const { post, time, simulator } = await cloud();
    for (let n = 0; n < 40; n += 1) expect((await post(CREATE, SYSTEM)).status).toBe(200);
    const busy = { status: 400, body: { error: { code: 'IMG.0060' } } };
    expect(await post(CREATE, SYSTEM)).toMatchObject(busy);
    time.now += 10_000;
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
    expect(simulator.accepted).toHaveLength(41);
    expect(simulator.maxInFlight()).toBe(40);
  });

  test('where tasks queue, never more than the limit run at once', async () => {
    const { post, get, time } = await cloud({ overLimit: 'queue', taskLimit: 2 });
    const jobs: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      jobs.push(String((await post(CREATE, SYSTEM)).body['job_id']));
      time.now += 1000;
    }
    const running = async () => {
      const all = await Promise.all(jobs.map((job) => get(`/v1/${PROJECT}/jobs/${job}`)));
      return all.filter(({ body }) => body['status'] === 'RUNNING').length;
    };
    const ends = [];
    for (let second = 0; second < 30; second += 1) {
      ends.push(await running());
      time.now += 1000;
    }
    expect(Math.max(...ends)).toBe(2);
    expect(await running()).toBe(0);
  });

  test('more calls than a second allows are 429 APIGW.0308', async () => {
    const { get, time, simulator } = await cloud({ rateLimit: 2, retryAfter: 3 });
    time.now += 1000;
    for (const _ of [1, 2]) expect((await get(QUOTA)).status).toBe(200);
    const answer = await get(QUOTA);
    expect(answer.body).toMatchObject({
      error_code: 'APIGW.0308',
      error_msg: expect.stringContaining('policy ip over ratelimit'),
      request_id: expect.any(String),
    });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(simulator.stats.throttled).toBe(1);
    time.now += 1000;
    expect((await get(QUOTA)).status).toBe(200);
  });

  test('an API that is not there is APIGW.0101, or APIG.0101', async () => {
    const { get, simulator } = await cloud();
    const code = async () => (await get('/v9/nothing')).body['error_code'];
    expect(await code()).toBe('APIGW.0101');
    simulator.set({ gatewayPrefix: 'APIG' });
    expect(await code()).toBe('APIG.0101');
  });
});

describe('a fault of a create', () => {
  type Fault = keyof Omit<CreateFaults, 'hang' | 'lateMs' | 'lateAccept'>;
  const LOST = undefined;
  test.each<{ fault: Fault; status: number | undefined; accepted: number }>([
    { fault: 'dropBefore', status: LOST, accepted: 0 },
    { fault: 'dropAfter', status: LOST, accepted: 1 },
    { fault: 'http500', status: 500, accepted: 0 },
    { fault: 'http504Accepted', status: 504, accepted: 1 },
    { fault: 'htmlAccepted', status: 200, accepted: 1 },
    { fault: 'noJobId', status: 200, accepted: 0 },
    { fault: 'throttle', status: 429, accepted: 0 },
    { fault: 'redirect', status: 307, accepted: 0 },
  ])('$fault: status $status, $accepted in the log', async ({ fault, status, accepted }) => {
    const { post, simulator } = await cloud({ createFaults: { [fault]: 1 } });
    const answer = await post(CREATE, MARKED).catch(() => LOST);
    expect(answer?.status).toBe(status);
    expect(answer?.body['job_id']).toBeUndefined();
    const log = accepted === 1 ? [{ marker: 'K'.repeat(43), late: true }] : [];
    expect(simulator.accepted).toMatchObject(log);
    simulator.set({ createFaults: { [fault]: 0 } });
    expect((await post(CREATE, MARKED)).status).toBe(200);
  });

  test('lateAccept: the connection is cut first, the image is there later', async () => {
    const timer = Promise.withResolvers<void>();
    const clock = { ...systemClock, now: () => 0, sleep: () => timer.promise };
    const faults = { createFaults: { lateAccept: 1, lateMs: 200 } };
    const { post, simulator } = await cloud(faults, clock);
    await expect(post(CREATE, MARKED)).rejects.toThrow();
    expect(simulator.accepted).toHaveLength(0);
    timer.resolve();
    await until(() => simulator.accepted.length > 0);
    expect(simulator.accepted).toMatchObject([{ late: true }]);
  });

  test('hang: nothing comes, and nothing is accepted', async () => {
    const server = await cloud({ createFaults: { hang: 1 } });
    const { simulator } = server;
    await createInVain(server, SYSTEM);
    expect(simulator.accepted).toHaveLength(0);
    expect(simulator.stats.posts).toBe(1);
  });

  test('comes about as often as its share', async () => {
    const { post, simulator } = await cloud({
      taskLimit: 1000,
      createFaults: { noJobId: 0.3, http500: 0.2 },
    });
    const statuses = [];
    for (let n = 0; n < 200; n += 1) statuses.push((await post(CREATE, SYSTEM)).status);
    const errors = statuses.filter((status) => status === 500).length;
    expect(errors).toBeGreaterThan(20);
    expect(errors).toBeLessThan(60);
    expect(simulator.accepted.length).toBeGreaterThan(70);
    expect(simulator.accepted.length).toBeLessThan(130);
  });
});

describe('a fault of a read', () => {
  test.each([
    { fault: 'http500', status: 500 },
    { fault: 'html', status: 200 },
    { fault: 'throttle', status: 429 },
    { fault: 'drop', status: undefined },
  ])('$fault: status $status, and creates are spared', async ({ fault, status }) => {
    const { get, post } = await cloud({ readFaults: { [fault]: 1 } });
    expect((await get(QUOTA).catch(() => undefined))?.status).toBe(status);
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
  });
});

describe('one seed', () => {
  const run = async (seed: number) => {
    const { post, simulator } = await cloud({ seed, createFaults: { noJobId: 0.4 } });
    for (let n = 0; n < 12; n += 1) await post(CREATE, { ...SYSTEM, name: `n-${n}` });
    return simulator.accepted.map(({ name, job_id, image_ids }) => ({ name, job_id, image_ids }));
  };

  test('gives the same faults, job ids and image ids again; another seed gives others', async () => {
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
    expect(new Set(first.map(({ job_id }) => job_id)).size).toBe(first.length);
  });
});

describe('control', () => {
  test('adds images, revokes tokens, ends imports and reports what happened', async () => {
    const { call, get, post } = await cloud();
    const image = { name: 'old', min_disk: 40, owner: 'somebody' };
    const { id } = (await call('POST', '/_control/images', { body: image })).body;
    expect((await get(`/v2/images/${String(id)}`)).body).toMatchObject({ status: 'active' });
    const { job_id } = (await post(CREATE, SYSTEM)).body;
    expect((await call('POST', '/_control/finish-all')).status).toBe(204);
    const job = await get(`/v1/${PROJECT}/jobs/${String(job_id)}`);
    expect(job.body).toMatchObject({ status: 'SUCCESS' });
    await call('POST', '/_control/revoke-tokens');
    expect((await get(QUOTA)).status).toBe(401);
    const stats = { logins: 1, posts: 1, accepted: 1, inFlight: 0, maxInFlight: 1 };
    expect((await call('GET', '/_control/stats')).body).toMatchObject(stats);
  });

  test('changes switches and faults while it runs, and refuses what is none', async () => {
    const { call, post, simulator } = await cloud();
    const put = (body: unknown) => call('PUT', '/_control/options', { body });
    const answer = await put({ imageQuota: 0, createFaults: { dropAfter: 0.5 } });
    expect(answer.body).toMatchObject({ imageQuota: 0, createFaults: { dropAfter: 0.5, hang: 0 } });
    await put({ createFaults: { dropAfter: 0 } });
    expect((await post(CREATE, SYSTEM)).body).toMatchObject({ error: { code: 'IMG.0015' } });
    for (const bad of [{ colour: 1 }, { constructor: 1 }, { createFaults: { hang: 'x' } }, []]) {
      expect((await put(bad)).status).toBe(400);
    }
    expect(simulator.accepted).toHaveLength(0);
  });
});
