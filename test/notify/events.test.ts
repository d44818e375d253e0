import { expect, test } from 'vitest';
import type { Stop } from '../../src/shared/ledger/project-store.ts';
import { factsOf, toNotification } from '../../src/shared/notify/notification.ts';
import { notifiedWorkers } from '../support/notified-worker.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const STOP: Stop = {
  reason: 'quota',
  code: 'IMG.0015',
  message: 'The quota is <used> up',
  advice: 'Delete images.',
  at: Date.UTC(2026, 4, 4),
  image: { batch: 'b', name: 'one', key: 'k' },
};

test('what ended before somebody is notified is not sent; what ends later is, once', async () => {
  const { deps, sent, round, register, succeed, hold, gather, pass } = await notifiedWorkers(redis);
  await register('old', ['before']);
  await succeed('before');
  await hold('held-before');
  await deps.project.stop(STOP);
  await deps.project.resume();
  await round();
  await register('b', ['one', 'two']);
  await succeed('one');
  await round();
  expect(sent).toEqual([]);
  await succeed('two');
  await gather();
  pass(60_000);
  await gather();
  // Two workers, and each of them twice.
  for (const worker of ['w1', 'w2', 'w1', 'w2']) await round(worker);
  expect(sent.map(({ notification }) => notification)).toMatchObject([
    { type: 'batch.finished', batch: 'b', data: { counts: { succeeded: 3, held: 1 }, total: 4 } },
  ]);
});

test('a batch that finishes while no worker runs, and is archived before one does, is not missed', async () => {
  const { deps, sent, round, register, cancel } = await notifiedWorkers(redis);
  await round();
  await register('gone', ['one', 'two']);
  await cancel('one');
  await cancel('two');
  await redis.client.del(deps.batches.keys.batch('gone'));
  await round();
  expect(sent.map(({ notification }) => notification.text)).toEqual([
    'Batch gone has finished: 0 of 2 images succeeded, 2 cancelled. Report: ims-ferry report gone',
  ]);
});

test('a batch that gets another image and finishes again is another event', async () => {
  const { sent, round, register, cancel } = await notifiedWorkers(redis);
  await round();
  await register('b', ['one']);
  await cancel('one');
  await register('b', ['one']);
  await register('b', ['one', 'two']);
  await round();
  expect(sent).toHaveLength(1);
  await cancel('two');
  await round();
  await round();
  expect(sent.map(({ notification }) => notification.data)).toMatchObject([
    { total: 1 },
    { total: 2 },
  ]);
  expect(new Set(sent.map(({ notification }) => notification.id)).size).toBe(2);
});

test('a batch whose images were all there is finished once all its pages are registered', async () => {
  const { sent, round, register, cancel, pass } = await notifiedWorkers(redis);
  await round();
  await register('first', ['one', 'two', 'three']);
  for (const name of ['one', 'two', 'three']) await cancel(name);
  await round();
  sent.length = 0;
  // Page by page: after the first one it only looks finished.
  await register('again', ['one']);
  await round();
  await register('again', ['two', 'three']);
  await register('growing', ['one']);
  await register('growing', ['new']);
  await round();
  expect(sent).toEqual([]);
  pass(25_000);
  await round();
  expect(sent.map(({ notification }) => notification)).toMatchObject([
    { type: 'batch.finished', batch: 'again', data: { total: 3, counts: { cancelled: 3 } } },
  ]);
});

test('held images are gathered by batch, and not announced twice or when they are settled', async () => {
  const worker = await notifiedWorkers(redis);
  const { deps, sent, round, register, hold, resolve, gather, pass } = worker;
  await round();
  await register('b', ['one', 'two', 'three', 'open']);
  await hold('one');
  await gather();
  await hold('two');
  await hold('three');
  expect(await deps.project.outbox.heldNew()).toHaveLength(3);
  await resolve('three');
  // Also while nobody is notified only those that are held are kept.
  expect(await deps.project.outbox.heldNew()).toHaveLength(2);
  await gather();
  await round();
  expect(sent).toEqual([]);
  pass(60_000);
  await gather();
  await gather();
  await round();
  const [event, ...others] = sent.map(({ notification }) => notification);
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    type: 'images.held',
    batch: 'b',
    data: { count: 2, next: 'ims-ferry resolve b' },
  });
  expect(event?.text).toMatch(/^2 images wait for a decision in batch b: (one, two|two, one)\. /);
});

test('a held copy is named with the cloud that it goes to', () => {
  const image = { name: 'vm', key: 'k', code: 'OTHER_CLOUD', message: 'no entry' };
  const held = { count: 1, images: [{ ...image, copy_to: 'otc-nl' }] };
  const event = {
    id: '1-0',
    type: 'images.held',
    batch: 'b',
    facts: JSON.stringify(held),
  } as const;
  const facts = factsOf(event);
  if (!facts) throw new Error('the facts were not read');
  const { text, data } = toNotification(event, facts, { namespace: 'default' });
  expect(text).toContain('1 image waits for a decision in batch b: vm → otc-nl.');
  expect(data).toMatchObject({ images: [{ name: 'vm', copy_to: 'otc-nl' }] });
});

test('a stop that is lifted before a worker looks is two events, in this order', async () => {
  const { deps, sent, round } = await notifiedWorkers(redis);
  await round();
  expect(await deps.project.stop(STOP)).toBe(true);
  expect(await deps.project.stop({ ...STOP, code: 'IMG.0026' })).toBe(false);
  expect(await deps.project.resume()).toBe(true);
  expect(await deps.project.resume()).toBe(false);
  await round();
  await round();
  expect(sent.map(({ notification }) => notification)).toMatchObject([
    {
      type: 'project.stopped',
      at: '2026-05-04T00:00:00.000Z',
      batch: null,
      text: 'No more images are created: IMG.0015: The quota is ‹used› up. It was noticed at image one. Delete images.',
      data: { code: 'IMG.0015', message: 'The quota is <used> up', next: 'ims-ferry resume' },
    },
    { type: 'project.resumed', data: { stopped_at: '2026-05-04T00:00:00.000Z' } },
  ]);
});

test('each target gets its own batches, the default one all, and everybody a stop', async () => {
  const worker = await notifiedWorkers(redis, ['default', 'ops', 'lab']);
  const { deps, sent, round, register, cancel } = worker;
  await round();
  await register('of-ops', ['one'], 'ops');
  await register('of-nobody', ['two']);
  await register('changed', ['three'], 'ops');
  await register('changed', ['three'], 'lab');
  for (const name of ['one', 'two', 'three']) await cancel(name);
  await deps.project.stop(STOP);
  await round();
  const got = (name: string) =>
    sent.filter(({ to }) => to === name).map(({ notification }) => notification.batch);
  expect(got('default')).toEqual(['of-ops', 'of-nobody', 'changed', null]);
  expect(got('ops')).toEqual(['of-ops', null]);
  expect(got('lab')).toEqual(['changed', null]);
});

test('keys of another type keep no image from moving, and are repaired', async () => {
  const { deps, sent, round, register, cancel } = await notifiedWorkers(redis);
  const { events, heldNew } = deps.project.keys;
  await redis.client.set(events, 'x');
  await redis.client.set(heldNew, 'x');
  await register('b', ['one', 'two']);
  await cancel('one');
  await cancel('two');
  expect((await deps.batches.summary('b'))?.counts.cancelled).toBe(2);
  await deps.project.stop(STOP);
  await deps.project.resume();
  expect(await deps.guard.healer.checkTypes(false)).toEqual(['events', 'held:new']);
  await round();
  await register('c', ['three']);
  await cancel('three');
  await round();
  expect(sent.map(({ notification }) => notification.batch)).toEqual(['c']);
});

test('a finish that wrong counts have hidden is found when they are repaired; a lost batch is no event', async () => {
  const { deps, sent, round, register, cancel } = await notifiedWorkers(redis);
  const { batch } = deps.batches.keys;
  const recount = (name: string) => deps.guard.healer.recount(name, deps.clock.now());
  await round();
  await register('b', ['one']);
  await redis.client.hset(batch('b'), 'n:pending', '2');
  await cancel('one');
  await round();
  expect(sent).toEqual([]);
  await recount('b');
  await recount('b');
  await round();
  expect(sent.map(({ notification }) => notification.data)).toMatchObject([
    { total: 1, counts: { cancelled: 1 } },
  ]);
  await redis.client.del(batch('b'));
  await recount('b');
  expect((await deps.batches.summary('b'))?.finishedAt).toBeDefined();
  await round();
  expect(sent).toHaveLength(1);
});
