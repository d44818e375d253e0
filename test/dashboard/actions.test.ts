import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { AT, admitted, readAs } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const REASON = { code: 'IMG.0044', message: 'broken <b>file</b>', advice: 'Upload it again.' };

async function withStates(cloud?: TestCloud): Promise<TestDashboard> {
  const dashboard = await openDashboard(redis.client, {
    count: 4,
    ...(cloud === undefined ? {} : { cloud: cloud as never }),
  });
  const { ledger, members } = dashboard;
  const [failed = '', other = '', held = ''] = members;
  for (const index of [0, 1, 2]) await admitted(dashboard, index);
  await ledger.change(failed, { type: 'refused', epoch: 1, at: 1100, reason: REASON }, AT);
  const second = { ...REASON, code: 'IMG.0015' };
  await ledger.change(other, { type: 'refused', epoch: 1, at: 1100, reason: second }, AT);
  const unclear = { code: 'TIMEOUT', message: 'no answer' };
  await ledger.change(held, { type: 'unclear', epoch: 1, at: 7_200_000, reason: unclear }, AT);
  const of = await readAs(dashboard, held);
  await ledger.change(held, { type: 'not-found', of, verdict: 'hold', at: 7_300_000 }, AT);
  return dashboard;
}

interface TestCloud {
  readonly sessions: { get(): Promise<{ projectId: string }> };
  readonly ims: { images(): Promise<unknown> };
}

/** A cloud whose list shows these images of ours, whatever it is asked. */
function cloudWith(images: (key: string) => readonly Partial<ImsImage>[], key: () => string) {
  return {
    sessions: { get: async () => ({ projectId: 'p-1' }) },
    ims: { images: async () => ({ kind: 'ok', value: images(key()), serverTime: 1000 }) },
  };
}

const stateOf = async ({ ledger }: TestDashboard, key: string | undefined) =>
  (await ledger.read(key ?? ''))?.state.status;

const audit = ({ logged }: TestDashboard) =>
  logged.filter(({ msg }) => msg === 'dashboard: action ended');

describe('buttons', () => {
  test('pause and resume a batch, after saying what that does', async () => {
    const dashboard = await withStates();
    const { look, press, batches } = dashboard;
    expect((await look('/batches/spring/pause')).body).toContain('1 image will wait');
    const { statusCode, headers } = await press('/batches/spring/pause');
    expect([statusCode, headers['location']]).toEqual([303, '/batches/spring']);
    await until(async () => (await batches.summary('spring'))?.isPaused === true);
    expect((await look('/batches/spring')).body).toContain('Paused: 0 of 4 imported');
    await press('/batches/spring/resume');
    await until(async () => (await batches.summary('spring'))?.isPaused === false);
    await until(() => audit(dashboard).length === 2);
    expect(audit(dashboard)[0]).toMatchObject({ user: 'ops', action: 'pause', batch: 'spring' });
  });

  test('retry what failed with one code, through the ledger', async () => {
    const dashboard = await withStates();
    const { look, press, members, queues } = dashboard;
    const page = (await look('/batches/spring/retry?code=IMG.0044')).body;
    expect(page).toContain('1 image with <code>IMG.0044</code>');
    await press('/batches/spring/retry', { code: 'IMG.0044' });
    await until(async () => (await stateOf(dashboard, members[0])) === 'pending');
    await until(() => audit(dashboard).length === 1);
    expect(await stateOf(dashboard, members[1])).toBe('failed');
    const jobs = await queues.submit.getJobs();
    expect(jobs.map(({ data }) => data.key)).toEqual([members[0]]);
    expect((await look('/batches/spring')).body).toContain('Retry: 1 image enqueued again.');
  });

  test('retry one image, and not one that is under way', async () => {
    const dashboard = await withStates();
    const { look, press, members } = dashboard;
    const path = (index: number) => `/batches/spring/images/${members[index]}/retry`;
    expect((await look(path(3))).body).toContain('there is nothing to retry');
    await press(path(3));
    await press(path(1));
    await until(() => audit(dashboard).length === 2);
    expect(await stateOf(dashboard, members[1])).toBe('pending');
    expect(await stateOf(dashboard, members[0])).toBe('failed');
    const outcomes = audit(dashboard).map(({ outcome }) => outcome);
    expect(outcomes).toContain('Nothing to retry: these images have changed in the meantime.');
  });

  test('held images are resolved by what the list shows now', async () => {
    let key = '';
    const cloud = cloudWith(
      (marker) => [
        {
          id: 'image-9',
          status: 'active',
          owner: 'p-1',
          marker,
          tags: [`imsferry=${marker}`],
        } as never,
      ],
      () => key,
    );
    const dashboard = await withStates(cloud);
    const { look, press, members } = dashboard;
    key = members[2] ?? '';
    const page = (await look('/batches/spring/resolve')).body;
    // By the wall clock, as it was when it was held.
    expect(page).toContain(
      'held since <time datetime="1970-01-01T00:00:01.000Z" data-form="second">1970-01-01 00:00:01 UTC</time>',
    );
    expect(page).toContain('image-9 (active)');
    await press('/batches/spring/resolve', { decision: 'nonsense' });
    expect(await stateOf(dashboard, key)).toBe('unknown');
    await press(`/batches/spring/images/${key}/resolve`, { decision: 'resubmit' });
    await until(() => audit(dashboard).length === 1);
    expect(audit(dashboard)[0]?.['outcome']).toContain('its image is there (image-9)');
    expect(await stateOf(dashboard, key)).toBe('unknown');
    await press('/batches/spring/resolve', { decision: 'adopt' });
    await until(() => audit(dashboard).length === 2);
    expect(audit(dashboard)[1]?.['outcome']).toBe('Resolved: 1 image taken over.');
    expect((await dashboard.ledger.read(key))?.state).toMatchObject({ imageId: 'image-9' });
  });

  test('held images are not looked for in the list of another project', async () => {
    const cloud = cloudWith(
      () => [],
      () => '',
    );
    const dashboard = await withStates(cloud);
    await dashboard.project.bind('p-2');
    const page = await dashboard.look('/batches/spring/resolve');
    expect(page.statusCode).toBe(503);
    expect(page.body).toContain('belongs to project p-2, the login is for project p-1');
    await dashboard.press('/batches/spring/resolve', { decision: 'resubmit' });
    await until(() => audit(dashboard).length === 1);
    expect(audit(dashboard)[0]).toMatchObject({ state: 'failed' });
    expect(await stateOf(dashboard, dashboard.members[2])).toBe('unknown');
  });

  test('where there is no login to the cloud, resolving says what to do', async () => {
    const dashboard = await withStates();
    const { look, press, members } = dashboard;
    const page = (await look('/batches/spring/resolve')).body;
    expect(page).toContain('has no login to the cloud');
    expect(page).toContain('ims-ferry resolve spring');
    expect((await press('/batches/spring/resolve', { decision: 'fail' })).statusCode).toBe(404);
    expect(await stateOf(dashboard, members[2])).toBe('unknown');
  });

  test('resume the project after a stop, and say why it was stopped', async () => {
    const dashboard = await withStates();
    const { look, press, project } = dashboard;
    await project.stop({
      reason: 'quota',
      code: 'IMG.0015',
      message: 'full',
      advice: 'Ask for more.',
      at: 1,
    });
    const { body } = await look('/');
    expect(body).toContain('Stopped: IMG.0015: full');
    expect(body).toContain('Ask for more.');
    expect((await look('/stop/resume')).body).toContain('full');
    await press('/stop/resume');
    await until(async () => (await project.stopped()) === undefined);
  });

  test('are hidden from a read-only viewer, who sees the commands', async () => {
    const { app } = await openDashboard(redis.client, { config: { hosts: [] }, batch: "it's" });
    const { body } = await app.inject({ url: '/batches/it%27s', headers: { host: '127.0.0.1' } });
    expect(body).not.toContain('/pause"');
    expect(body).toContain('ims-ferry pause &#39;it&#39;\\&#39;&#39;s&#39;');
  });
});
