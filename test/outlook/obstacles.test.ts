import { describe, expect, test } from 'vitest';
import { batchStatus } from '../../src/producer/batch-status.ts';
import { readOutlook } from '../../src/producer/live/read-outlook.ts';
import type { Stop } from '../../src/shared/ledger/project-store.ts';
import type { Obstacle } from '../../src/shared/outlook/outlook.ts';
import { obstacleText } from '../../src/shared/outlook/words.ts';
import { admitted, KEYS, type RegisteredParts, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const IMAGE = { batch: 'b', name: 'web-1', key: 'k' };
const QUOTA: Stop = {
  reason: 'quota',
  code: 'IMG.0015',
  message: 'The quota is full.',
  advice: 'Delete images.',
  at: 1_700_000_000_000,
  image: IMAGE,
};

/** Images that wait, learned durations, and a worker that is alive. */
async function project(): Promise<RegisteredParts> {
  const parts = await registered(redis.client, 10);
  const now = Date.now();
  await parts.project.beat('w', { now, until: now + 60_000, maxInFlight: 5, submitRate: 60 });
  await redis.client.hset(KEYS.durations, 'system/qcow2/64', '50 12.4 0.01');
  await redis.client.hset(KEYS.durations, 'system', '50 12.4 0.01');
  return parts;
}

interface Row {
  readonly what: string;
  readonly happens: (parts: RegisteredParts) => Promise<unknown>;
  readonly is: Partial<Obstacle>;
  readonly text: string;
  readonly done?: string;
}

describe('what keeps a project from being done', () => {
  test.each<Row>([
    {
      what: 'a stop that ends by itself, with the image that caused it',
      happens: async ({ project: { stop, setFree }, project }) => {
        await stop.call(project, QUOTA);
        await setFree.call(project, 0);
      },
      is: {
        kind: 'stopped',
        code: 'IMG.0015',
        resumes: 'by-itself',
        since: QUOTA.at,
        image: IMAGE,
      },
      text: 'Stopped: IMG.0015: The quota is full (10 waiting, 0 free). Delete images.',
    },
    {
      what: 'a stop that a person has to lift',
      happens: (parts) =>
        parts.project.stop({ reason: 'money', code: 'IMG.0101', message: 'in arrears', at: 1 }),
      is: { kind: 'stopped', resumes: 'by-hand' },
      text: 'Stopped: IMG.0101: in arrears. Fix the cause, then run: ims-ferry resume',
    },
    {
      what: 'a Redis that has lost intents',
      happens: (parts) => parts.guard.report({ ...REPORT, seen: 99 }),
      is: { kind: 'frozen', code: 'REDIS_BEHIND' },
      text: 'Redis has lost data: creates wait until images that IMS had accepted show in its list.',
    },
    {
      what: 'a Redis that does not confirm what it writes',
      happens: (parts) => parts.guard.noteNotOnDisk(Date.now()),
      is: { kind: 'frozen', code: 'NOT_ON_DISK' },
      text: 'Redis did not confirm in time that the intent is on disk: creates wait',
    },
    {
      what: 'an image list of which something cannot be read',
      happens: (parts) => parts.project.odd.note({ text: 'Image x is odd.', blocks: 'ODD_IMAGE' }),
      is: { kind: 'stopped', code: 'ODD_IMAGE', resumes: 'by-itself' },
      text: 'Image x is odd.',
    },
    {
      what: 'a batch that is paused',
      happens: (parts) => parts.batches.setPaused('b', true),
      is: { kind: 'paused', batch: 'b' },
      text: 'Batch b is paused: 10 images wait. To resume: ims-ferry resume b',
    },
    {
      what: 'no worker',
      happens: (parts) => parts.project.leave('w', Date.now()),
      is: { kind: 'no-worker' },
      text: 'No worker has reported for 1 min. Start one: ims-ferry work',
    },
    {
      what: 'answers of something other than the cloud',
      happens: async (parts) => {
        await parts.project.foreign.note('submit', { code: 'PAGE', message: 'a page' });
        await parts.project.foreign.note('submit', { code: 'PAGE', message: 'a page' });
      },
      is: { kind: 'throttled', code: 'FOREIGN_ANSWERS' },
      text: 'Something other than the cloud keeps answering (PAGE: a page). Check firewalls',
      done: 'about',
    },
    {
      what: 'a rate that the cloud allows',
      happens: async (parts) => {
        await parts.project.rateLimit.lower(1.5);
        await parts.project.rateLimit.lower(1.5);
      },
      is: { kind: 'throttled', code: 'THROTTLED', calls: 'submit', perSecond: 1.2 },
      text: 'Throttled by the cloud: 1.2 requests/s for all workers.',
      done: 'about',
    },
    {
      what: 'a pause of creates',
      happens: (parts) => parts.project.coolDown('submit', 30_000),
      is: { kind: 'throttled', code: 'COOL_DOWN', calls: 'submit' },
      text: 'The cloud refuses more creates for now',
      done: 'about',
    },
  ])('$what', async ({ happens, is, text, done = 'stands' }) => {
    const parts = await project();
    const before = await readOutlook(parts);
    expect(before.obstacles).toEqual([]);
    expect(before.project.done.kind).toBe('about');
    await happens(parts);
    const after = await readOutlook(parts);
    expect(after.obstacles).toHaveLength(1);
    expect(after.obstacles[0]).toMatchObject(is);
    expect(after.obstacles.map(obstacleText).join()).toContain(text);
    expect(after.batches.get('b')?.done.kind).toBe(done);
    expect(after.project.done.kind).toBe(done);
  });

  test('a rate and a pause are one line', async () => {
    const { project: of, ...parts } = await project();
    await of.rateLimit.lower(1.5);
    await of.rateLimit.lower(1.5);
    await of.coolDown('submit', 30_000);
    await of.coolDown('read', 30_000);
    const { obstacles } = await readOutlook({ ...parts, project: of });
    expect(obstacles.map(({ code }) => code)).toEqual(['THROTTLED']);
  });

  test('pauses of creates and of reads are one line', async () => {
    const parts = await project();
    await parts.project.coolDown('submit', 30_000);
    await parts.project.coolDown('read', 20_000);
    const { obstacles } = await readOutlook(parts);
    expect(obstacles.map(({ text }) => text)).toEqual([
      'The cloud refuses more calls for now: they pause, and resume by themselves.',
    ]);
  });

  test.each([
    {
      what: 'stay where places are empty all the time',
      limit: 30,
      agoMs: 60_000,
      is: ['COOL_DOWN'],
    },
    { what: 'are nothing where all places were taken lately', limit: 1, agoMs: 60_000, is: [] },
    { what: 'are nothing any more after some minutes', limit: 30, agoMs: 600_000, is: [] },
  ])('refusals that only make short pauses $what', async ({ limit, agoMs, is }) => {
    const parts = await project();
    const now = Date.now();
    await parts.project.beat('w', { now, until: now + 60_000, maxInFlight: limit, submitRate: 60 });
    await admitted(parts, 0, { submittedAt: now });
    const note = { limit, throttled: 9, keeps: true, patienceMs: 45_000 };
    await parts.project.history.note({ ...note, now: now - agoMs });
    const { obstacles } = await readOutlook(parts);
    expect(obstacles.map(({ code }) => code)).toEqual(is);
  });

  test('a low rate is none where nothing waits for it', async () => {
    const parts = await project();
    await parts.project.rateLimit.lower(1.5);
    await parts.project.rateLimit.lower(1.5);
    await parts.batches.setPaused('b', true);
    const { obstacles } = await readOutlook(parts);
    expect(obstacles.map(({ kind }) => kind)).toEqual(['paused']);
  });

  test('a stop that only concerns creates lets what is in flight have its time', async () => {
    const parts = await project();
    for (const index of parts.members.keys())
      await admitted(parts, index, { submittedAt: Date.now() });
    await parts.project.stop(QUOTA);
    expect((await readOutlook(parts)).batches.get('b')?.done.kind).toBe('about');
  });

  test('a batch that is paused does not keep another one from having its time', async () => {
    const parts = await project();
    await registered(redis.client, 20, 'other');
    await parts.batches.setPaused('b', true);
    const { batches, project: all } = await readOutlook(parts);
    expect([...batches].map(([name, { done }]) => [name, done.kind])).toEqual([
      ['b', 'stands'],
      ['other', 'about'],
    ]);
    expect(all.done.kind).toBe('about');
  });
});

const REPORT = { workerId: 'w', isSafe: true, isKept: true, windowMs: 60_000 };

test('a rate that leaves no place empty is not in the way', async () => {
  const parts = await project();
  for (let time = 0; time < 2; time += 1) await parts.project.rateLimit.lower(6);
  const codes = async () => (await readOutlook(parts)).obstacles.map(({ code }) => code);
  expect(await codes()).toEqual(['THROTTLED']);
  for (let index = 0; index < 5; index += 1) await admitted(parts, index);
  expect(await codes()).toEqual([]);
});

test('images that two batches have wait once', async () => {
  const parts = await project();
  const alone = (await readOutlook(parts)).batches.get('b')?.done;
  await registered(redis.client, 10, 'again');
  const { batches } = await readOutlook(parts);
  const [first, again] = ['b', 'again'].map((name) => batches.get(name)?.done);
  if (alone?.kind !== 'about' || first?.kind !== 'about' || again?.kind !== 'about')
    throw new Error('not known');
  expect(Math.abs(again.at - alone.at)).toBeLessThan(60_000);
  expect(again.at).toBe(first.at);
});

test('nothing in a project whose images are done is in the way', async () => {
  const parts = await registered(redis.client, 1);
  const [key = ''] = parts.members;
  await parts.ledger.change(key, { type: 'cancel' }, { now: 1, due: 1 });
  const { project: all, obstacles, batches } = await readOutlook(parts);
  expect(obstacles).toEqual([]);
  expect([all.done.kind, batches.get('b')?.done.kind]).toEqual(['done', 'done']);
});

test('status --json of a batch has its time, its obstacles and the limit', async () => {
  const parts = await project();
  const of = async () => {
    const summary = await parts.batches.summary('b');
    if (!summary) throw new Error('there is a batch');
    return batchStatus(parts, summary);
  };
  const before = await of();
  expect(before).toMatchObject({ rate: null, obstacles: [], in_flight: 0, limit: 5 });
  // Ten images of four minutes, five at a time.
  const leftMs = Date.parse(before.done_at ?? '') - Date.now();
  expect(leftMs).toBeGreaterThan(7 * 60_000);
  expect(leftMs).toBeLessThan(11 * 60_000);
  expect(before.plus_minus_s).toBeGreaterThan(0);
  await parts.project.stop(QUOTA);
  const after = await of();
  expect(after).toMatchObject({ done_at: null, plus_minus_s: null });
  expect(after.obstacles).toEqual([
    {
      kind: 'stopped',
      code: 'IMG.0015',
      text: 'Stopped: IMG.0015: The quota is full (10 waiting, ? free).',
      next: 'Delete images.',
      since: new Date(QUOTA.at).toISOString(),
      until: null,
      image: IMAGE,
      batch: null,
      resumes: 'by-itself',
      per_second: null,
    },
  ]);
});

describe('numbers that nobody should be shown', () => {
  test('an intent that was not on disk by a clock that is set back now keeps nobody waiting', async () => {
    const parts = await project();
    await parts.guard.noteNotOnDisk(Date.now() + 3_600_000);
    expect((await readOutlook(parts)).obstacles).toEqual([]);
  });

  test('overwritten fields of the ledger give no NaN and no failed page', async () => {
    const parts = await project();
    await redis.client.del(KEYS.workers);
    const nonsense = { beat_at: 'x', max_in_flight: 'many', submit_rate: '{}' };
    await redis.client.hset(KEYS.meta, nonsense);
    const [summary] = [await parts.batches.summary('b')];
    if (!summary) throw new Error('no batch');
    const { obstacles } = await readOutlook(parts);
    expect(obstacles).toMatchObject([{ kind: 'no-worker', text: 'No worker runs.' }]);
    const text = JSON.stringify(await batchStatus(parts, summary));
    expect(JSON.parse(text)).toMatchObject({ limit: null, obstacles: [{ since: null }] });
  });
});
