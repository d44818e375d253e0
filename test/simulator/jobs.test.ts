import { describe, expect, test } from 'vitest';
import { CREATE, cloud, PROJECT, SYSTEM } from './plain-cloud.ts';

async function withJob(settings: Parameters<typeof cloud>[0], change: object = {}) {
  const made = await cloud(settings);
  const { job_id } = (await made.post(CREATE, { ...SYSTEM, ...change })).body;
  const job = async () => (await made.get(`/v1/${PROJECT}/jobs/${String(job_id)}`)).body;
  return { ...made, jobId: String(job_id), job };
}

describe('a job', () => {
  test.each([
    { when: 'init', seen: [true, true, true] },
    { when: 'running', seen: [false, true, true] },
    { when: 'end', seen: [false, false, true] },
  ] as const)('shows its image id at $when: $seen', async ({ when, seen }) => {
    const { job, time } = await withJob({ imageIdAt: when });
    const shown = [];
    for (const _ of seen) {
      const { entities } = (await job()) as { entities: object };
      shown.push('image_id' in entities);
      time.now += 5000;
    }
    expect(shown).toEqual(seen);
  });

  test('of another project is IMG.0030', async () => {
    const { get, jobId } = await withJob({});
    const answer = await get(`/v1/other/jobs/${jobId}`);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'IMG.0030' } } });
  });

  test.each([true, false])('reports its progress: %s', async (jobProgress) => {
    const { job, time } = await withJob({ jobProgress });
    time.now += 5000;
    const { status, entities } = (await job()) as { status: string; entities: object };
    expect([status, 'process_percent' in entities]).toEqual(['RUNNING', jobProgress]);
  });

  test('is forgotten after its retention', async () => {
    const { get, jobId, time } = await withJob({ jobRetentionMs: 1000 });
    time.now += 10_999;
    expect((await get(`/v1/${PROJECT}/jobs/${jobId}`)).status).toBe(200);
    time.now += 1;
    expect((await get(`/v1/${PROJECT}/jobs/${jobId}`)).status).toBe(404);
  });

  test('that is stuck runs until it is finished from outside', async () => {
    const { job, simulator, time } = await withJob({}, { image_url: 'b-1:stuck.raw' });
    time.now += 3_600_000;
    const running = { status: 'RUNNING', end_time: '', entities: { process_percent: 0.99 } };
    expect(await job()).toMatchObject(running);
    simulator.finishAll();
    expect(await job()).toMatchObject({ status: 'SUCCESS' });
  });

  test('of an OVA names its images in sub-jobs only', async () => {
    const { job, time, simulator } = await withJob({ ovaImages: 3 }, { image_url: 'b-1:a.ova' });
    time.now += 10_000;
    const ids = simulator.accepted[0]?.image_ids ?? [];
    const body = (await job()) as { job_type: string; entities: Record<string, unknown> };
    expect(body.job_type).toBe('imsImportOvaImageJob');
    expect(Object.keys(body.entities)).toEqual(['sub_jobs_result', 'sub_jobs_list']);
    const job_type = expect.stringMatching(/^imsImport(Data)?ImageJob$/);
    const subs = ids.map((image_id) => ({ status: 'SUCCESS', job_type, entities: { image_id } }));
    expect(body.entities['sub_jobs_result']).toMatchObject(subs);
    expect(ids).toHaveLength(3);
  });

  test('of a data disk may have its image under another name', async () => {
    const { post, get, time } = await cloud({ dataImageField: '__data_images' });
    const disk = { name: 'd', image_url: 'b-1:d.vmdk', min_disk: 40 };
    const { job_id } = (await post('/v1/cloudimages/dataimages/action', disk)).body;
    time.now += 10_000;
    const { entities } = (await get(`/v1/${PROJECT}/jobs/${String(job_id)}`)).body;
    expect(entities).toEqual({ image_name: 'd', __data_images: expect.any(String) });
  });

  test('that fails leaves a killed image, which no longer counts', async () => {
    const { get, job, time, simulator } = await withJob({ failShare: 1 });
    time.now += 10_000;
    const [id] = simulator.accepted[0]?.image_ids ?? [];
    const failed = { status: 'FAIL', error_code: 'IMG.0072', entities: { image_id: id } };
    expect(await job()).toMatchObject(failed);
    expect((await get(`/v2/images/${id}`)).body).toMatchObject({ status: 'killed' });
    const { body } = await get('/v1/cloudimages/quota');
    expect(body).toMatchObject({ quotas: { resources: [{ used: 0 }, {}, {}] } });
  });

  test('takes a log-normal time, the same for the same seed', async () => {
    const times = async (seed: number) => {
      const durationMs = { median: 1000, sigma: 0.5 };
      const { post, simulator } = await cloud({ seed, durationMs, duration: durationMs });
      for (let n = 0; n < 40; n += 1) await post(CREATE, SYSTEM);
      return [...simulator.state.cloud.tasks.values()].map((task) => task.endsAt - task.startsAt);
    };
    const first = await times(3);
    expect(await times(3)).toEqual(first);
    const median = first.toSorted((a, b) => a - b)[20] ?? 0;
    expect(median).toBeGreaterThan(700);
    expect(median).toBeLessThan(1400);
  });

  test('takes longer for a larger object where that is set', async () => {
    const durationMs = { median: 1000, sigma: 0, perGigabyte: 500 };
    const objects = { 'ims-image/large.qcow2': { size: 8 * 1024 ** 3 } };
    const { post, simulator } = await cloud({ durationMs, objects });
    await post(CREATE, SYSTEM);
    await post(CREATE, { ...SYSTEM, image_url: 'ims-image:large.qcow2' });
    const tasks = [...simulator.state.cloud.tasks.values()];
    // An object that is not configured has one gigabyte.
    expect(tasks.map(({ startsAt, endsAt }) => endsAt - startsAt)).toEqual([1500, 5000]);
  });

  test.each(['project', 'progress'] as const)('only the %s path exists', async (jobApis) => {
    const { get, jobId } = await withJob({ jobApis });
    const [project, progress] = [
      (await get(`/v1/${PROJECT}/jobs/${jobId}`)).status,
      (await get(`/v1/cloudimages/job/${jobId}`)).status,
    ];
    expect([project, progress]).toEqual(jobApis === 'project' ? [200, 404] : [404, 200]);
  });
});

describe('the gate', () => {
  test('has the time of the clock, and a request id', async () => {
    const { get } = await cloud();
    const { headers } = await get('/v1/cloudimages/quota');
    expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a path that cannot be decoded is refused, not dropped', async () => {
    const { get } = await cloud();
    expect((await get('/v2/images/%zz')).status).toBe(400);
  });

  test.each([400, 403] as const)('no permission at all: IMG.0026 with %i', async (status) => {
    const { post } = await cloud({
      missingRights: ['ims:serverImages:create'],
      permissionStatus: status,
    });
    const answer = await post(CREATE, SYSTEM);
    expect(answer).toMatchObject({ status, body: { error: { code: 'IMG.0026' } } });
  });
});
