import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import {
  ownSessions,
  type Session,
  type Sessions,
} from '../../src/shared/cloud/session/session.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloudOf } from '../support/cloud-config.ts';
import { imageRequest } from '../support/images.ts';
import { until } from '../support/until.ts';

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
  const cloud = cloudOf(simulator);
  const log = silentLogger();
  // The pause between logins without Redis is not what these tests are about.
  const open = (): Sessions => ownSessions({ http, cloud, clock: systemClock, log });
  let own = open();
  const sessions: Sessions = {
    get: () => own.get(),
    invalidate: async () => {
      own = open();
    },
  };
  const session = () => own.get();
  return { simulator, session, ims: createImsClient({ http, sessions, jobApi: 'project' }) };
}

async function create({ ims, session }: Connected, name: string, fields = {}): Promise<string> {
  const request = imageRequest(name, fields);
  const answer = await ims.submit({
    session: await session(),
    request,
    key: importKey(request),
    timeoutMs: 30_000,
    beforeSend: () => true,
  });
  if (answer.kind !== 'accepted') throw new Error(`${answer.code}: ${answer.message}`);
  return answer.jobId;
}

describe('the three creations', () => {
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
    await until(async () => (await connected.ims.job(jobId)).kind === 'ok');
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

  test.each([
    { largestPage: 1000, count: 501 },
    { largestPage: 30, count: 75 },
  ])('all pages of a list are read, whatever a page holds', async ({ largestPage, count }) => {
    const connected = await connect({ taskLimit: 2000, largestPage });
    for (let index = 0; index < count; index += 1) await create(connected, `image-${index}`);
    const listed = await connected.ims.images({});
    expect(listed.kind === 'ok' ? listed.value.length : 0).toBe(count);
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

  test.each([
    { unknownJob: '404', jobApis: 'both' },
    { unknownJob: '404', jobApis: 'project' },
    { unknownJob: '404', jobApis: 'progress' },
    { unknownJob: 'IMG.0023', jobApis: 'both' },
    { unknownJob: 'IMG.0023', jobApis: 'project' },
    { unknownJob: 'IMG.0023', jobApis: 'progress' },
  ] as const)(
    'a job that IMS does not know is not found: $unknownJob, $jobApis',
    async (settings) => {
      const connected = await connect(settings);
      expect((await connected.ims.job('ff80808012345678')).kind).toBe('not-found');
    },
  );

  test('images are those of the own project, by exact name if one is requested', async () => {
    const { simulator, ims } = await connect();
    for (const [name, owner] of [['a'], ['a b'], ['a', 'somebody']]) {
      const body = JSON.stringify({ name, owner, min_disk: 40 });
      await fetch(`${simulator.url}/_control/images`, { method: 'POST', body });
    }
    expect(await ims.images({})).toMatchObject({ value: { length: 2 } });
    expect(await ims.images({ name: 'a b' })).toMatchObject({ value: [{ name: 'a b' }] });
    expect(await ims.images({ name: 'A' })).toMatchObject({ kind: 'ok', value: [] });
  });

  test('a full quota is reported', async () => {
    const connected = await connect({ imageQuota: 2 });
    await create(connected, 'one');
    await create(connected, 'two');
    expect(await connected.ims.quota()).toMatchObject({ value: { used: 2, quota: 2 } });
    await expect(create(connected, 'three')).rejects.toThrow('IMG.0015');
  });

  test.each([
    { fault: 'http500', throttled: false },
    { fault: 'html', throttled: false },
    { fault: 'drop', throttled: false },
    { fault: 'throttle', throttled: true },
  ])(
    'a read that fails proves nothing about the requested thing: $fault',
    async ({ fault, throttled }) => {
      const connected = await connect({ retryAfter: 4 });
      const jobId = await create(connected, 'one');
      connected.simulator.set({ readFaults: { [fault]: 1 } });
      const { ims } = connected;
      const answers = [ims.job(jobId), ims.image('x'), ims.images({}), ims.quota()];
      for (const answer of await Promise.all(answers)) {
        expect(answer).toMatchObject({ kind: 'failed', throttled });
        if (throttled) expect(answer).toHaveProperty('retryAfterMs', 4000);
      }
    },
  );

  test('an id that is none never enters a path', async () => {
    const connected = await connect();
    expect(await connected.ims.job('../quota')).toMatchObject({ kind: 'failed', code: 'BAD_ID' });
  });
});
