import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CREATE_FAULTS, type CreateFault } from '../../simulator/faults/faults.ts';
import { CREATE, cloud, createInVain, SYSTEM } from './plain-cloud.ts';

const LIST = '/v2/cloudimages';
const QUOTA = '/v1/cloudimages/quota';

describe('a create', () => {
  const rows = Object.entries(CREATE_FAULTS).map(([name, { effect, symptom }]) => ({
    fault: name as CreateFault,
    symptom,
    accepted: effect === 'accepted' ? 1 : 0,
  }));
  const answering = rows.filter(({ symptom }) => symptom !== 'hang');

  test.each(answering)('$fault: $symptom, $accepted accepted', async ({ fault, accepted }) => {
    const { post, simulator } = await cloud({ createFaults: { [fault]: 1, lateMs: 3_600_000 } });
    const answer = await post(CREATE, SYSTEM).catch(() => undefined);
    expect(answer?.body['job_id']).toBeUndefined();
    expect(simulator.accepted).toHaveLength(accepted);
    expect(simulator.stats).toMatchObject({ posts: 1, faults: { [fault]: 1 } });
  });

  const silent = rows.filter(({ symptom }) => symptom === 'hang');

  test.each(silent)('$fault: silence, $accepted accepted', async ({ fault, accepted }) => {
    const server = await cloud({ createFaults: { [fault]: 1, lateMs: 3_600_000 } });
    await createInVain(server, SYSTEM);
    expect(server.simulator.accepted).toHaveLength(accepted);
  });

  test.each(['lateAccept', 'lateHang'] as const)('%s is accepted by the clock', async (fault) => {
    const late = await cloud({ nextCreates: { [fault]: 1 }, createFaults: { lateMs: 3_600_000 } });
    const { simulator, time } = late;
    await createInVain(late, SYSTEM);
    time.now += 3_599_999;
    expect(simulator.accepted).toHaveLength(0);
    time.now += 1;
    expect(simulator.accepted).toMatchObject([{ late: true, at: time.now }]);
  });

  test('that comes late is refused like any other', async () => {
    const faults = { nextCreates: { lateAccept: 1 }, createFaults: { lateMs: 3_600_000 } };
    const { simulator, post, time } = await cloud({ ...faults, imageQuota: 1 });
    await expect(post(CREATE, SYSTEM)).rejects.toThrow();
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
    time.now += 3_600_000;
    expect(simulator.accepted).toMatchObject([{ late: false }]);
  });

  test('a refusal is answered, although the answer to an accepted create would have been lost', async () => {
    const { post, simulator } = await cloud({ createFaults: { http504Accepted: 1 } });
    const answer = await post(CREATE, { ...SYSTEM, min_disk: 0 });
    expect(answer.body).toMatchObject({ error: { code: 'IMG.0055' } });
    expect(simulator.accepted).toHaveLength(0);
  });

  test('the next N get what is planned, then chance decides', async () => {
    const { post, simulator } = await cloud();
    simulator.set({ nextCreates: { noJobId: 2, throttle: 1 } });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await post(CREATE, SYSTEM)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
    expect(simulator.accepted).toHaveLength(1);
  });

  test.each([
    { fault: 'redirect', status: 307 },
    { fault: 'redirect302', status: 302 },
  ])('$fault leads to the configured place', async ({ fault, status }) => {
    const redirectTo = 'http://127.0.0.1:9/trap';
    const { post } = await cloud({ redirectTo, createFaults: { [fault]: 1 } });
    const answer = await post(CREATE, SYSTEM);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('location')).toBe(redirectTo);
  });
});

describe('a read', () => {
  test('drips: the right body, slowly', async () => {
    const { get } = await cloud({ readFaults: { drip: 1, dripMs: 0 } });
    expect((await get(QUOTA)).body).toHaveProperty('quotas');
  });

  test('is too large, and still the right JSON', async () => {
    const { simulator, token } = await cloud({
      readFaults: { oversize: 1, oversizeBytes: 300_000 },
    });
    const headers = { 'x-auth-token': token };
    const text = await (await fetch(`${simulator.url}${QUOTA}`, { headers })).text();
    expect(text.length).toBeGreaterThan(300_000);
    expect(JSON.parse(text)).toHaveProperty('quotas');
  });

  test('a stale list shows the past, image by image', async () => {
    const { get, post, time, simulator } = await cloud();
    await post(CREATE, SYSTEM);
    time.now += 6000;
    const statuses = async (staleMs: number) => {
      simulator.set({ readFaults: { staleMs }, nextReads: { stale: 1 } });
      const { images } = (await get(LIST)).body as { images: { status: string }[] };
      return images.map(({ status }) => status);
    };
    expect(await statuses(0)).toEqual(['saving']);
    expect(await statuses(5500)).toEqual(['queued']);
    expect(await statuses(7000)).toEqual([]);
  });

  test('only the kinds that are named are struck', async () => {
    const { get } = await cloud({ readFaults: { http502: 1 }, readFaultsOn: ['list'] });
    expect((await get(QUOTA)).status).toBe(200);
    expect((await get(LIST)).body).toMatchObject({ error_code: 'APIGW.0201' });
  });
});

describe('the log of accepted creates', () => {
  test('is in the file before the answer is out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const logFile = join(folder, 'accepted.jsonl');
    const { post, simulator } = await cloud({ logFile });
    await post(CREATE, { ...SYSTEM, image_tags: [{ key: 'imsferry', value: 'm' }] });
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(simulator.accepted);
    expect(simulator.accepted).toMatchObject([
      { seq: 1, path: CREATE, marker: 'm', tags: [{ key: 'imsferry', value: 'm' }] },
    ]);
  });

  test('a reset empties everything and returns to the first options', async () => {
    const { call, post, simulator } = await cloud({ imageQuota: 7 });
    await post(CREATE, SYSTEM);
    await call('PUT', '/_control/options', { body: { imageQuota: 1 } });
    expect((await call('POST', '/_control/reset')).status).toBe(204);
    expect(simulator.accepted).toEqual([]);
    expect(simulator.stats).toMatchObject({ posts: 0, logins: 0 });
    expect(simulator.state.options.imageQuota).toBe(7);
    expect((await post(CREATE, SYSTEM)).body).toMatchObject({ error_code: 'APIGW.0307' });
  });

  test.each([
    { body: { tagForm: 'k:v' }, error: 'tagForm must be one of "k=v", "k.v"' },
    { body: { imageQuota: 'x' }, error: 'imageQuota must be a number' },
    { body: { seed: 2 }, error: 'seed cannot change while the simulator runs' },
    {
      body: { durationMs: [] },
      error: 'durationMs must be a number, or {median, sigma, perGigabyte}',
    },
    { body: { nextCreates: { fire: 1 } }, error: 'nextCreates.fire is no option' },
  ])('$body is refused: $error', async ({ body, error }) => {
    const { call } = await cloud();
    const answer = await call('PUT', '/_control/options', { body });
    expect(answer).toMatchObject({ status: 400, body: { error } });
  });
});
