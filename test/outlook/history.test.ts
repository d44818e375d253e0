import { expect, test } from 'vitest';
import { parseHistory } from '../../src/shared/ledger/history.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { AT, admitted, KEYS, openLedgerParts, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The begin of an hour. */
const NOW = 490_000 * HOUR;

const note = (more: Partial<Record<'now' | 'limit' | 'throttled', number>>, keeps = true) =>
  openLedgerParts(redis.client).project.history.note({
    ...{ now: NOW, limit: 30, throttled: 0, keeps, patienceMs: 45_000 },
    ...more,
  });
const outages = (now = NOW + 30 * DAY) =>
  openLedgerParts(redis.client).project.history.outages(now);
const read = () => openLedgerParts(redis.client).project.history.read();

test('each outcome counts once, by the script that writes it, in the minute in which it was reached', async () => {
  const parts = await registered(redis.client, 3);
  const reason = { code: 'IMG.0057', message: 'm' };
  for (const [index, key] of parts.members.entries()) {
    await admitted(parts, index);
    const accepted = { type: 'accepted', epoch: 1, jobId: `j${index}`, at: 1000 } as const;
    const { entry } = await parts.ledger.change(key, accepted, AT);
    if (!entry) throw new Error('gone');
    const of = stateVersion(entry);
    const at = { now: NOW + index * MINUTE, due: 9000 };
    const succeeded = { type: 'succeeded', of, imageId: `i${index}`, otherImageIds: [] } as const;
    const failed = { type: 'failed', of, reason, at: 1000 } as const;
    const end = index === 2 ? failed : succeeded;
    // Two workers conclude the same at once: one of them is too late.
    const both = [0, 1].map(() => parts.ledger.change(key, end, { ...at, seen: entry }));
    expect((await Promise.all(both)).filter(({ kind }) => kind === 'changed')).toHaveLength(1);
  }
  const points = (await read()).map(({ from, succeeded, failed }) => ({ from, succeeded, failed }));
  expect(points).toEqual([
    { from: NOW, succeeded: 1, failed: 0 },
    { from: NOW + MINUTE, succeeded: 1, failed: 0 },
    { from: NOW + 2 * MINUTE, succeeded: 0, failed: 1 },
  ]);
});

test('of a minute the most in flight, the limit, and the 429s of all workers are kept', async () => {
  await redis.client.sadd(KEYS.inFlight, 'a', 'b');
  await note({});
  await note({ throttled: 3 }, false);
  await redis.client.srem(KEYS.inFlight, 'b');
  await note({ now: NOW + 1000, limit: 40, throttled: 1 });
  // One that has nothing to say, and does not keep the history, writes nothing.
  await note({ limit: 99 }, false);
  expect(await read()).toEqual([
    { from: NOW, spanMs: MINUTE, succeeded: 0, failed: 0, inFlight: 2, limit: 40, throttled: 4 },
  ]);
});

test('a project in which nothing happens writes nothing', async () => {
  await note({});
  expect(await redis.client.exists(KEYS.history)).toBe(0);
});

test('a week is kept: minutes for two hours, ten of them for half a day, then hours, in a few kilobytes', async () => {
  await redis.client.sadd(KEYS.inFlight, 'a');
  // Every minute of eight days, as one worker writes it.
  for (let from = NOW - 8 * DAY; from <= NOW; from += 45 * MINUTE) {
    const minutes = Array.from({ length: 45 }, (_, at) => from / MINUTE + at);
    const until = minutes.filter((minute) => minute <= NOW / MINUTE);
    await redis.client.hset(
      KEYS.history,
      Object.fromEntries(until.map((minute) => [minute, '7 1 30 30 2'])),
    );
    const now = Math.min(NOW, from + 44 * MINUTE);
    await note({ now });
  }
  const points = await read();
  const spans = Map.groupBy(points, ({ spanMs }) => spanMs / MINUTE);
  expect([...spans.keys()]).toEqual([60, 10, 1]);
  expect(spans.get(1)?.length).toBeGreaterThanOrEqual(120);
  expect(spans.get(1)?.length).toBeLessThanOrEqual(131);
  expect(points[0]?.from).toBeGreaterThanOrEqual(NOW - 7 * DAY - HOUR);
  expect(points[0]?.from).toBeLessThanOrEqual(NOW - 7 * DAY + HOUR);
  // Nothing is counted twice or left out where one span ends and the next begins.
  for (const [at, { from, spanMs }] of points.entries()) {
    const next = points[at + 1];
    if (next) expect(next.from).toBe(from + spanMs);
  }
  const minutes = (NOW - (points[0]?.from ?? 0)) / MINUTE + 1;
  expect(points.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(7 * minutes);
  expect(Math.max(...points.map(({ inFlight }) => inFlight))).toBe(30);
  const text = Object.entries(await redis.client.hgetall(KEYS.history)).join('');
  expect(text.length).toBeLessThan(9000);
});

test('a time in which images were in flight and no worker reported is an outage; one without images is not', async () => {
  await redis.client.sadd(KEYS.inFlight, 'a');
  for (const second of [0, 7, 14, 115, 122]) await note({ now: NOW + second * 1000 });
  expect(await outages()).toEqual([{ from: NOW + 14_000, to: NOW + 115_000 }]);
  await redis.client.del(KEYS.inFlight);
  await note({ now: NOW + 130_000 });
  await redis.client.sadd(KEYS.inFlight, 'b');
  await note({ now: NOW + HOUR });
  expect(await outages()).toHaveLength(1);
});

test('the leap of a clock that was set back since is no outage', async () => {
  await redis.client.sadd(KEYS.inFlight, 'a');
  for (const now of [NOW, NOW + 3 * DAY, NOW + MINUTE, NOW + 3 * MINUTE]) await note({ now });
  expect(await outages(NOW + HOUR)).toEqual([{ from: NOW + MINUTE, to: NOW + 3 * MINUTE }]);
});

test('weeks of minutes that nobody has packed are packed, step by step', async () => {
  const begin = NOW / MINUTE - 9000;
  const minutes = Array.from({ length: 9000 }, (_, at) => [begin + at, '1 0 1 30 0'] as const);
  await redis.client.hset(KEYS.history, Object.fromEntries(minutes));
  await redis.client.sadd(KEYS.inFlight, 'a');
  for (let report = 0; report < 10; report += 1) await note({});
  const points = await read();
  expect(points.length).toBeLessThan(400);
  expect(points.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(9000);
});

test('what a clock that was ahead has written is forgotten', async () => {
  await redis.client.sadd(KEYS.inFlight, 'a');
  await note({ now: NOW + 3 * DAY });
  await note({ now: NOW });
  expect((await read()).map(({ from }) => from)).toEqual([NOW]);
});

test('a late report of a minute that was packed is added to its interval', () => {
  const hour = NOW / HOUR;
  const points = parseHistory({
    60: `${hour} 5 0 30 30 0;`,
    [String(NOW / MINUTE + 7)]: '1 1 31 30 2',
  });
  expect(points).toEqual([
    { from: NOW, spanMs: HOUR, succeeded: 6, failed: 1, inFlight: 31, limit: 30, throttled: 2 },
  ]);
});

test('a history that people have overwritten keeps no import from moving, and is set aside', async () => {
  await redis.client.set(KEYS.history, 'oops');
  const parts = await registered(redis.client, 1);
  await admitted(parts, 0);
  const [key = ''] = parts.members;
  const refused = {
    type: 'refused',
    epoch: 1,
    reason: { code: 'X', message: 'm' },
    at: 1000,
  } as const;
  const { entry } = await parts.ledger.change(key, refused, AT);
  expect(entry?.state.status).toBe('failed');
  expect(await parts.guard.healer.checkTypes(true)).toContain('history');
  await redis.client.sadd(KEYS.inFlight, 'a');
  await note({});
  expect(await read()).toHaveLength(1);
});
