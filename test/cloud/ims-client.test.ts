import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createCall } from '../../src/shared/cloud/create-body.ts';
import { readErrorBody } from '../../src/shared/cloud/error-body.ts';
import { createHttp } from '../../src/shared/cloud/http.ts';
import { login } from '../../src/shared/cloud/iam-login.ts';
import type { ImsClient, Session, Sessions } from '../../src/shared/cloud/ims-answers.ts';
import { createImsClient } from '../../src/shared/cloud/ims-client.ts';
import { toImsJob } from '../../src/shared/cloud/read-answers.ts';
import { importKey, markerOf } from '../../src/shared/image/import-key.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import {
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../src/simulator/start-simulator.ts';
import { imageRequest } from '../support/images.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

interface Connected {
  readonly simulator: Simulator;
  readonly ims: ImsClient;
  readonly session: () => Promise<Session>;
}

/** A client with sessions of its own: one login, and one more for each that is invalidated. */
async function connect(settings: SimulatorSettings = {}): Promise<Connected> {
  const simulator = await startSimulator({ duration: 50, ...settings });
  onTestFinished(() => simulator.close());
  const cloud = {
    ...simulator.credentials,
    authUrl: `${simulator.url}/v3`,
    jobApi: 'project',
  } as const;
  let held: Session | undefined;
  const get = async (): Promise<Session> => {
    held ??= { ...(await login(http, cloud)), fingerprint: 'f', expiresAt: 0 };
    return held;
  };
  const sessions: Sessions = {
    get,
    invalidate: async () => {
      held = undefined;
    },
  };
  return { simulator, session: get, ims: createImsClient({ http, sessions, jobApi: 'project' }) };
}

async function create({ ims, session }: Connected, name: string, fields = {}): Promise<string> {
  const request = imageRequest(name, fields);
  const answer = await ims.submit({
    session: await session(),
    request,
    key: importKey(request),
    timeoutMs: 2000,
    beforeSend: () => true,
  });
  if (answer.kind !== 'accepted') throw new Error(`${answer.code}: ${answer.message}`);
  return answer.jobId;
}

describe('the three creations', () => {
  const key = 'K'.repeat(43);
  const disk = { image_url: 'b-1:d.raw', min_disk: 10 };

  test('carry the marker last, on the main image only', () => {
    const { path, body } = createCall(
      imageRequest('a', { tags: [{ key: 'x', value: 'y' }], data_images: [disk] }),
      key,
    );
    expect(path).toBe('/v2/cloudimages/action');
    const marker = { key: 'imsferry', value: key };
    expect(body).toMatchObject({ image_tags: [{ key: 'x', value: 'y' }, marker] });
    expect(body).toMatchObject({ data_images: [disk] });
    expect(JSON.stringify(body['data_images'])).not.toContain('imsferry');
    for (const own of ['kind', 'quick_import', 'copy', 'tags'])
      expect(body).not.toHaveProperty(own);
  });

  test.each([
    { fields: { kind: 'data' }, path: '/v1/cloudimages/dataimages/action', type: undefined },
    { fields: { quick_import: true }, path: '/v2/cloudimages/quickimport/action', type: undefined },
    {
      fields: { kind: 'data', quick_import: true },
      path: '/v2/cloudimages/quickimport/action',
      type: 'DataImage',
    },
  ] as const)('$fields goes to $path', ({ fields, path, type }) => {
    const call = createCall(imageRequest('a', fields), key);
    expect(call.path).toBe(path);
    expect(call.body['type']).toBe(type);
  });

  test('are accepted by IMS', async () => {
    const connected = await connect();
    await create(connected, 'system');
    await create(connected, 'data', { kind: 'data' });
    const quick = { quick_import: true, image_url: 'b-1:q.zvhd2' };
    await create(connected, 'quick', { ...quick, os_version: 'CentOS 7.6 64bit' });
    expect(connected.simulator.accepted.map(({ api }) => api)).toEqual(['system', 'data', 'quick']);
  });
});

describe('reading', () => {
  test('a job is followed to its image, and the image is found by its marker', async () => {
    const connected = await connect();
    const jobId = await create(connected, 'one');
    await expect.poll(async () => (await connected.ims.job(jobId)).kind).toBe('ok');
    connected.simulator.finishAll();
    const job = await connected.ims.job(jobId);
    expect(job).toMatchObject({ kind: 'ok', value: { status: 'SUCCESS' } });
    const listed = await connected.ims.images({ marker: importKey(imageRequest('one')) });
    const imageId = job.kind === 'ok' ? job.value.imageId : undefined;
    expect(listed).toMatchObject({ kind: 'ok', value: [{ id: imageId, status: 'active' }] });
    expect(await connected.ims.image(imageId ?? '')).toMatchObject({ kind: 'ok' });
    expect(await connected.ims.image('no-such-image')).toMatchObject({ kind: 'not-found' });
    expect(await connected.ims.quota()).toMatchObject({ kind: 'ok', value: { used: 1 } });
  });

  test('all pages of a list are read', async () => {
    const connected = await connect({ taskLimit: 2000 });
    for (let index = 0; index < 1001; index += 1) await create(connected, `image-${index}`);
    const listed = await connected.ims.images({});
    expect(listed.kind === 'ok' ? listed.value.length : 0).toBe(1001);
    expect(connected.simulator.stats.calls['list']).toBe(3);
  });

  test('a dead token is renewed once for a read, not for ever', async () => {
    const connected = await connect();
    await connected.ims.quota();
    connected.simulator.revokeTokens();
    expect((await connected.ims.quota()).kind).toBe('ok');
    expect(connected.simulator.stats.logins).toBe(2);
    connected.simulator.set({ tokenLifeMs: -1 });
    connected.simulator.revokeTokens();
    expect((await connected.ims.quota()).kind).toBe('failed');
    expect(connected.simulator.stats.logins).toBeLessThanOrEqual(3);
  });

  test.each(['project', 'progress'] as const)(
    'the job path %s alone is enough',
    async (jobApis) => {
      const connected = await connect({ jobApis });
      const jobId = await create(connected, 'one');
      expect((await connected.ims.job(jobId)).kind).toBe('ok');
    },
  );

  test.each(['404', 'IMG.0023'] as const)(
    'a job that IMS does not know (%s)',
    async (unknownJob) => {
      const connected = await connect({ unknownJob });
      expect((await connected.ims.job('ff80808012345678')).kind).toBe('not-found');
    },
  );

  test('an id that is none never enters a path', async () => {
    const connected = await connect();
    expect(await connected.ims.job('../quota')).toMatchObject({ kind: 'failed', code: 'BAD_ID' });
  });
});

describe('bodies', () => {
  const id = '431df7fd-a898-4dc0-86b1-22cfefb8a517';

  test.each([
    { what: 'INIT without an id', body: { status: 'INIT', entities: {} }, is: { status: 'INIT' } },
    {
      what: 'RUNNING with a share',
      body: { status: 'RUNNING', entities: { process_percent: 0.4, image_id: id } },
      is: { status: 'RUNNING', progress: 0.4, imageId: id },
    },
    {
      what: 'several images',
      body: {
        status: 'SUCCESS',
        entities: {
          sub_jobs_result: [{ entities: { image_id: id } }, { entities: { image_id: 'two' } }],
        },
      },
      is: { imageId: id, otherImageIds: ['two'] },
    },
    {
      what: 'FAIL',
      body: { status: 'FAIL', error_code: 'IMG.0072', fail_reason: 'bad\nformat', entities: null },
      is: { error: { code: 'IMG.0072', message: 'bad format' } },
    },
    { what: 'a word of the future', body: { status: 'PAUSED' }, is: { status: 'other' } },
  ])('of a job: $what', ({ body, is }) => {
    expect(toImsJob('j', body)).toMatchObject(is);
  });

  test.each([
    { body: { error: { message: 'm', code: 'IMG.0024' } }, is: { code: 'IMG.0024', message: 'm' } },
    {
      body: { error_msg: 'm', error_code: 'APIGW.0301', request_id: 'r' },
      is: { code: 'APIGW.0301', requestId: 'r' },
    },
    { body: { error: { code: 401, message: 'm', title: 'Unauthorized' } }, is: { message: 'm' } },
    { body: { itemNotFound: { message: 'm', code: 404 } }, is: { message: 'm' } },
    { body: { errorCode: 'IMG.0001', errorMsg: 'm' }, is: { code: 'IMG.0001', message: 'm' } },
    { body: 'text', is: {} },
    { body: undefined, is: {} },
  ])('of an error: $body', ({ body, is }) => {
    expect(readErrorBody(body)).toMatchObject(is);
  });

  test('the marker is read in each of its spellings', () => {
    const key = 'K'.repeat(43);
    for (const tag of [`imsferry=${key}`, `imsferry.${key}`]) expect(markerOf([tag])).toBe(key);
    for (const tag of ['imsferry', 'imsferry=short', `imsferryx=${key}`, key]) {
      expect(markerOf(['a=b', tag])).toBeUndefined();
    }
  });
});
