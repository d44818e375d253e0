import { describe, expect, test } from 'vitest';
import type { ImportEvent } from '../../src/shared/state/import-state.ts';
import { manifestImages } from '../support/images.ts';
import { AT, admitted, KEYS, readAs, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const TIMEOUT = { code: 'TIMEOUT', message: 'no answer' };
const refused = (code: string): ImportEvent => ({
  type: 'refused',
  epoch: 1,
  at: 1100,
  reason: { code, message: 'no' },
});

async function submitting(count: number) {
  const parts = await registered(server.client, count);
  const feed = parts.ledger.changes;
  for (const index of parts.members.keys()) await admitted(parts, index);
  const change = (index: number, event: ImportEvent) =>
    parts.ledger.change(parts.members[index] ?? '', event, AT);
  const of = (index: number) => readAs(parts, parts.members[index] ?? '');
  const troubles = async (batch = 'b') => (await parts.batches.summary(batch))?.troubles;
  return { ...parts, feed, change, of, troubles };
}

describe('failures by code', () => {
  test('are counted for every batch, and no more once an image is tried again', async () => {
    const { batches, change, troubles } = await submitting(4);
    await change(0, refused('IMG.0044'));
    await change(1, refused('IMG.0044'));
    await change(2, refused('IMG.0015'));
    const all = [
      { kind: 'failed', code: 'IMG.0044', count: 2 },
      { kind: 'failed', code: 'IMG.0015', count: 1 },
    ];
    expect(await troubles()).toEqual(all);
    await batches.register('second', manifestImages(4), AT);
    await batches.register('second', manifestImages(4), AT);
    expect(await troubles('second')).toEqual(all);
    await change(0, { type: 'retry', at: 2000 });
    await change(2, { type: 'retry', at: 2000 });
    const left = [{ kind: 'failed', code: 'IMG.0044', count: 1 }];
    expect(await troubles()).toEqual(left);
    expect(await troubles('second')).toEqual(left);
  });

  test('distinguish what is held from what failed', async () => {
    const { change, of, troubles } = await submitting(1);
    await change(0, { type: 'unclear', epoch: 1, at: 1100, reason: TIMEOUT });
    expect(await troubles()).toEqual([]);
    await change(0, { type: 'not-found', of: await of(0), verdict: 'hold', at: 9000 });
    expect(await troubles()).toEqual([{ kind: 'held', code: 'TIMEOUT', count: 1 }]);
    const reason = { code: 'GIVEN_UP', message: 'given up' };
    await change(0, { type: 'resolved', of: await of(0), verdict: 'fail', reason, at: 9500 });
    expect(await troubles()).toEqual([{ kind: 'failed', code: 'GIVEN_UP', count: 1 }]);
  });

  test('an image that failed before they were counted takes nothing away', async () => {
    const { change, troubles, members } = await submitting(2);
    await change(0, refused('IMG.0044'));
    await change(1, refused('IMG.0044'));
    await server.client.hdel(KEYS.import(members[0] ?? ''), 'counted');
    await change(0, { type: 'retry', at: 2000 });
    expect(await troubles()).toEqual([{ kind: 'failed', code: 'IMG.0044', count: 2 }]);
  });
});

test('what is unknown is listed by age until it is settled', async () => {
  const { change, of, feed, members, batches } = await submitting(2);
  await change(0, { type: 'unclear', epoch: 1, at: 1100, reason: TIMEOUT });
  const [oldest] = await feed.oldestUnknown(10);
  expect(oldest).toEqual({ key: members[0], since: AT.now });
  await change(0, { type: 'not-found', of: await of(0), verdict: 'hold', at: 9000 });
  expect(await feed.oldestUnknown(10)).toHaveLength(1);
  await batches.register('later', manifestImages(2), { now: 7000, due: 9000 });
  await batches.register('other', manifestImages(1, 'other'), AT);
  expect(await feed.unknownSince(['b', 'later', 'other'])).toEqual(
    new Map([
      ['b', AT.now],
      ['later', AT.now],
    ]),
  );
  await change(0, { type: 'found', of: await of(0), image: { id: 'i', status: 'active' }, at: 1 });
  expect(await feed.oldestUnknown(10)).toEqual([]);
  expect(await feed.unknownSince(['b', 'later'])).toEqual(new Map());
});

describe('the feed of changes', () => {
  test('names each import that changed once, however often it did', async () => {
    const { feed, change, of, members } = await submitting(3);
    const from = await feed.position();
    expect(await feed.since(from, 10)).toEqual({
      keys: [],
      position: from,
      isComplete: true,
      hasMore: false,
    });
    await change(0, { type: 'accepted', epoch: 1, at: 1200, jobId: 'job-1' });
    await change(1, refused('IMG.0015'));
    await change(0, { type: 'polled', at: 1, of: await of(0), overdue: false, lost: false });
    const changes = await feed.since(from, 10);
    expect(changes).toMatchObject({ keys: [members[1], members[0]], isComplete: true });
    expect((await feed.since(changes.position, 10)).keys).toEqual([]);
  });

  test('is read in parts', async () => {
    const { feed, members } = await submitting(5);
    const first = await feed.since(0, 3);
    expect(first).toMatchObject({ keys: members.slice(0, 3), hasMore: true });
    const rest = await feed.since(first.position, 3);
    expect(rest).toMatchObject({ keys: members.slice(3), hasMore: false, isComplete: true });
  });

  test('says when it has forgotten some, and when Redis is another', async () => {
    const { feed, change } = await submitting(2);
    const from = await feed.position();
    // 10,000 later changes, written as the scripts write them.
    await server.client.eval(
      `for i = 1, 10050 do redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[2]), 'k' .. i) end
       redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -10001)`,
      2,
      KEYS.changes,
      KEYS.seq,
    );
    await change(0, refused('IMG.0015'));
    // Cut now and then only, and never to less.
    const kept = await server.client.zcard(KEYS.changes);
    expect(kept).toBeGreaterThanOrEqual(10_000);
    expect(kept).toBeLessThan(10_100);
    expect(await feed.since(from, 10)).toMatchObject({ isComplete: false });
    expect(await feed.since(await feed.position(), 10)).toMatchObject({ isComplete: true });
    await server.client.flushall();
    expect(await feed.since(from, 10)).toMatchObject({ isComplete: false, position: 0, keys: [] });
  });
});
