import { UnrecoverableError, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import type { ImportEvent } from '../../src/shared/state/import-state.ts';
import { BASIC, HOST, openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { AT, admitted, readAs } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const REASON = {
  code: 'IMG.0044',
  message: 'broken <img src=x>',
  advice: 'Upload it again.',
  requestId: 'req-7',
};
const FAILED = { type: 'refused', epoch: 1, at: 1100, reason: REASON } as const;

interface ShownJob {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly progress: number;
  readonly failedReason?: string;
  readonly stacktrace: readonly string[];
  readonly externalUrl: { readonly text: string; readonly href: string };
}

async function board(options = {}) {
  const dashboard = await openDashboard(redis.client, { count: 3, ...options });
  const { ledger, members, queues, app } = dashboard;
  const triggers = members.map((key, index) => ({
    key,
    name: `image-${index + 1}`,
    attempt: 1,
    epoch: 0,
    queued: 0,
  }));
  await queues.addSubmits(triggers);
  const change = (index: number, event: ImportEvent) =>
    ledger.change(members[index] ?? '', event, AT);
  const ask = async (path: string, method: 'GET' | 'PUT' | 'PATCH' | 'POST' = 'GET') =>
    app.inject({
      method,
      url: `/queues/api/queues/${path}`,
      headers: { host: HOST, origin: `http://${HOST}`, authorization: BASIC },
      ...(method === 'GET' ? {} : { payload: {} }),
    });
  const jobs = async (): Promise<readonly ShownJob[]> => {
    const { body } = await app.inject({
      url: '/queues/api/queues?activeQueue=image-submit&status=waiting&page=1&jobsPerPage=10',
      headers: { host: HOST, authorization: BASIC },
    });
    return (JSON.parse(body) as { queues: { jobs: ShownJob[] }[] }).queues[0]?.jobs ?? [];
  };
  const jobId = (index: number) => `${members[index]}-1-0`;
  /** Puts a queue job where a worker leaves it that found its image failed. */
  const endAsFailed = async (index: number) => {
    const connection = redis.client.duplicate({ maxRetriesPerRequest: null });
    const worker = new Worker('image-submit', null, {
      connection,
      prefix: '{imsferry:test}:q',
    });
    for (let job = await worker.getNextJob('t'); job; job = await worker.getNextJob('t')) {
      if (job.id !== jobId(index)) continue;
      await job.moveToFailed(new UnrecoverableError('a stack at node_modules'), 't', false);
      break;
    }
    await worker.close();
    connection.disconnect();
  };
  return { ...dashboard, change, ask, jobs, jobId, endAsFailed };
}

const statusOf = async ({ ledger, members }: TestDashboard, index: number) =>
  (await ledger.read(members[index] ?? ''))?.state.status;

describe('a queue job on the board', () => {
  test('shows its image as the ledger has it now', async () => {
    const dashboard = await board();
    const { change, jobs, members } = dashboard;
    await admitted(dashboard, 0);
    await change(0, { type: 'accepted', epoch: 1, at: 1200, jobId: 'job-1' });
    const of = await readAs(dashboard, members[0] ?? '');
    await change(0, { type: 'polled', at: 1, of, overdue: false, lost: false, progress: 0.42 });
    await admitted(dashboard, 1);
    await change(1, FAILED);
    const all = await jobs();
    const first = all.find(({ data }) => data['image'] === 'image-1');
    expect(first).toMatchObject({
      progress: 42,
      data: { batches: ['spring'], state: 'creating', attempt: 1, 'IMS job': 'job-1' },
      externalUrl: { text: 'Batch spring', href: '/batches/spring?q=image-1' },
    });
    const second = all.find(({ data }) => data['image'] === 'image-2');
    expect(second).toMatchObject({
      failedReason: 'IMG.0044: broken <img src=x> What to do: Upload it again.',
      data: { state: 'failed', code: 'IMG.0044', reason: REASON.message, 'request id': 'req-7' },
    });
    expect(second?.data['what to do']).toBe('Upload it again.');
  });

  test('carries the story of its image as its log', async () => {
    const dashboard = await board();
    await admitted(dashboard, 1);
    await dashboard.change(1, FAILED);
    const { body } = await dashboard.ask(`image-submit/${dashboard.jobId(1)}/logs`);
    const lines = JSON.parse(body) as string[];
    expect(lines.map((line) => line.slice(25))).toEqual([
      'registered in batch spring',
      'submitting, create 1',
      'failed: IMG.0044: broken <img src=x> (request req-7)',
    ]);
  });

  test('says so when the ledger does not know its image', async () => {
    const { jobs, ledger, members } = await board();
    await redis.client.del(ledger.keys.import(members[0] ?? ''));
    expect(JSON.stringify(await jobs())).toContain('The ledger does not know this import');
  });
});

describe('Retry', () => {
  test('starts a new attempt through the ledger, and takes the old failure away', async () => {
    const dashboard = await board();
    const { change, ask, jobId, endAsFailed, queues, members, logged } = dashboard;
    await admitted(dashboard, 1);
    await change(1, FAILED);
    await endAsFailed(1);
    const shown = await ask(`image-submit/${jobId(1)}`);
    expect(shown.body).not.toContain('node_modules');
    expect((await ask(`image-submit/${jobId(1)}/retry`, 'PUT')).statusCode).toBe(204);
    expect(await dashboard.ledger.read(members[1] ?? '')).toMatchObject({
      attempt: 2,
      state: { status: 'pending' },
    });
    expect(await queues.submit.getJobState(jobId(1))).toBe('unknown');
    const waiting = await queues.submit.getJobs(['waiting']);
    expect(waiting.map(({ data }) => data.key)).toContain(members[1]);
    expect(logged).toContainEqual(
      expect.objectContaining({ msg: 'dashboard: queue button', user: 'ops', status: 204 }),
    );
  });

  test('of all takes those whose image has failed, and leaves the others', async () => {
    const dashboard = await board();
    const { change, ask, endAsFailed } = dashboard;
    await admitted(dashboard, 1);
    await change(1, FAILED);
    await endAsFailed(1);
    await endAsFailed(2);
    const { statusCode } = await ask('image-submit/retry/failed', 'PUT');
    expect(statusCode).toBe(200);
    expect(await statusOf(dashboard, 1)).toBe('pending');
    expect((await dashboard.ledger.read(dashboard.members[2] ?? ''))?.attempt).toBe(1);
  });
});

test('Retry leaves an image that somebody has cancelled', async () => {
  const dashboard = await board();
  await dashboard.change(1, { type: 'cancel' });
  await dashboard.endAsFailed(1);
  await dashboard.ask(`image-submit/${dashboard.jobId(1)}/retry`, 'PUT');
  expect(await statusOf(dashboard, 1)).toBe('cancelled');
});

describe('buttons of the board', () => {
  test('that would make, edit or hold queue jobs are refused with a reason', async () => {
    const { ask, jobId } = await board();
    const id = jobId(0);
    for (const [method, path] of [
      ['POST', 'image-submit/add'],
      ['PUT', 'image-submit/obliterate'],
      ['PUT', 'image-submit/pause'],
      ['PUT', 'pause'],
      ['PUT', 'image-submit/concurrency'],
      ['PUT', 'image-submit/rate-limit'],
      ['PATCH', `image-submit/${id}/update-data`],
      ['PATCH', `image-submit/${id}/delay`],
      ['PATCH', `image-submit/${id}/priority`],
    ] as const) {
      const { statusCode, body } = await ask(path, method);
      expect(statusCode, path).toBe(403);
      expect(body, path).toMatch(/batch|Limits|ledger/);
    }
  });

  test('that take queue jobs away leave the ledger as it is', async () => {
    const dashboard = await board();
    const { ask, jobId, queues, batches } = dashboard;
    expect((await ask(`image-submit/${jobId(0)}/clean`, 'PUT')).statusCode).toBe(204);
    expect((await ask('image-submit/empty', 'PUT')).statusCode).toBe(200);
    expect(await queues.submit.getWaitingCount()).toBe(0);
    expect((await batches.summary('spring'))?.counts.pending).toBe(3);
    expect(await redis.client.zcard(dashboard.ledger.keys.due)).toBe(3);
  });

  test('are all hidden from a read-only viewer', async () => {
    const { app, queues, members } = await board({ config: { hosts: [] } });
    const { body } = await app.inject({ url: '/queues/api/queues', headers: { host: HOST } });
    expect(JSON.parse(body).queues[0]).toMatchObject({ readOnlyMode: true, allowRetries: false });
    const url = '/queues/api/queues/image-submit/empty';
    const headers = { host: HOST, origin: `http://${HOST}` };
    expect((await app.inject({ method: 'PUT', url, headers })).statusCode).toBe(403);
    expect(await queues.submit.getWaitingCount()).toBe(members.length);
  });
});

test('the board shows a hundred queue jobs of a state at most, however many are requested', async () => {
  const { app, queues } = await openDashboard(redis.client, { count: 3 });
  const triggers = Array.from({ length: 130 }, (_, at) => ({
    ...{ key: `key-${at}`, name: `image-${at}`, attempt: 1, epoch: 0, queued: 0 },
  }));
  await queues.addSubmits(triggers);
  const asked = async (query: string): Promise<number> => {
    const { body } = await app.inject({
      url: `/queues/api/queues?activeQueue=image-submit&status=waiting&${query}`,
      headers: { host: HOST, authorization: BASIC },
    });
    return (JSON.parse(body) as { queues?: { jobs: ShownJob[] }[] }).queues?.[0]?.jobs.length ?? 0;
  };
  for (const query of [
    'page=1&jobsPerPage=100000',
    'page=1&jobsPerPage=1e9',
    'page=x',
    'page=-5',
  ]) {
    expect(await asked(query)).toBeLessThanOrEqual(100);
  }
  expect(await asked('page=1&jobsPerPage=100')).toBe(100);
  expect(await asked('page=2&jobsPerPage=100')).toBe(30);
});
