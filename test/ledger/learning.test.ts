import { expect, test } from 'vitest';
import { Durations } from '../../src/shared/ledger/durations.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { ListingCache } from '../../src/shared/ledger/listing-cache.ts';
import { RateLimit } from '../../src/shared/ledger/rate-limit.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const KEYS = ledgerKeys('learning');

/** A clock that is two seconds further at each look. */
function passingClock(): { monotonic: () => number } {
  let now = 0;
  return {
    monotonic: () => {
      now += 2000;
      return now;
    },
  };
}

test('durations are learned by class as mean and variance of their logarithm', async () => {
  const durations = new Durations(redis.client, KEYS, passingClock());
  for (const ms of [1000, 2000, 4000]) await durations.learn({ classes: ['a', 'b'] }, ms);
  const [a, none, b] = await durations.learned(['a', 'c', 'b']);
  expect(none).toBeUndefined();
  expect(a).toEqual(b);
  expect(a?.samples).toBe(3);
  expect(Math.exp(a?.mean ?? 0)).toBeCloseTo(2000, 0);
  expect(Math.sqrt(a?.variance ?? 0)).toBeCloseTo(Math.log(2) * Math.sqrt(2 / 3), 3);
});

test('durations of long ago are forgotten', async () => {
  const durations = new Durations(redis.client, KEYS, passingClock());
  for (let n = 0; n < 100; n += 1) await durations.learn({ classes: ['a'] }, 1000);
  for (let n = 0; n < 200; n += 1) await durations.learn({ classes: ['a'] }, 60_000);
  const [a] = await durations.learned(['a']);
  expect(a?.samples).toBe(50);
  expect(Math.exp(a?.mean ?? 0)).toBeGreaterThan(50_000);
});

test('of many that end within a second one is learned', async () => {
  const durations = new Durations(redis.client, KEYS, { monotonic: () => 0 });
  for (let n = 0; n < 10; n += 1) await durations.learn({ classes: ['a', 'b'] }, 1000);
  expect((await durations.learned(['a']))[0]?.samples).toBe(1);
});

test('what is not a figure was not learned', async () => {
  await redis.client.hset(KEYS.durations, 'a', 'nonsense');
  expect(await new Durations(redis.client, KEYS, systemClock).learned(['a'])).toEqual([undefined]);
});

test('images that leave the list are reported once', async () => {
  const listing = new ListingCache(redis.client, KEYS);
  expect(await listing.note(['a', 'b'], 1000)).toEqual([]);
  expect(await listing.of('a')).toEqual({ kind: 'listed', at: 1000 });
  expect(await listing.note(['b'], 2000)).toEqual(['a']);
  expect(await listing.of('a')).toEqual({ kind: 'left', at: 2000 });
  expect(await listing.note(['b'], 3000)).toEqual([]);
  expect(await listing.note([], 4000)).toEqual(['b']);
});

test('a list that is wrong more than once in five times is given up, and tried again in an hour', async () => {
  const listing = new ListingCache(redis.client, KEYS);
  for (let n = 0; n < 15; n += 1) expect(await listing.judge('right')).toBe(false);
  for (let n = 0; n < 4; n += 1) expect(await listing.judge('wrong')).toBe(n >= 4);
  expect(await listing.judge('wrong')).toBe(true);
  expect(await listing.isOff()).toBe(false);
  await listing.turnOff();
  expect(await listing.isOff()).toBe(true);
  expect(await redis.client.pttl(KEYS.unseen)).toBeGreaterThan(3_500_000);
});

/** As if this much time had passed since the rate limit was used. */
async function pass(ms: number): Promise<void> {
  for (const field of ['at', 'last', 'next']) {
    const value = Number((await redis.client.hget(KEYS.budget, field)) ?? 0);
    await redis.client.hset(KEYS.budget, field, value - ms);
  }
}

/** All at once: one after the other they could be slower than the rate. */
async function takeTurns(budget: RateLimit, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => budget.take(600_000)));
}

/** Turns a second, by how far many of them move the next one. */
async function rateOf(budget: RateLimit): Promise<number> {
  const next = async () => Number(await redis.client.hget(KEYS.budget, 'next'));
  // The first ones leave together.
  await takeTurns(budget, 15);
  const before = await next();
  await takeTurns(budget, 20);
  return 20_000 / ((await next()) - before);
}

test('one throttling is a warning, a second within a minute sets a rate for all', async () => {
  const [one, other] = [new RateLimit(redis.client, KEYS), new RateLimit(redis.client, KEYS)];
  expect((await one.take(0)).isLimited).toBe(false);
  expect(await one.lower(10)).toBeUndefined();
  expect((await other.peek()).isLimited).toBe(false);
  expect(await other.lower(10)).toBeCloseTo(8, 1);
  // What is throttled in the same moment left before that.
  expect(await one.lower(10)).toBeCloseTo(8, 1);
  expect((await one.peek()).isLimited).toBe(true);
  await pass(11_000);
  expect(await one.lower(6)).toBeCloseTo(4.8, 1);
});

test('two throttlings in different minutes are two warnings', async () => {
  const budget = new RateLimit(redis.client, KEYS);
  await budget.lower(10);
  await pass(61_000);
  expect(await budget.lower(10)).toBeUndefined();
});

test('turns lie as far apart as the rate says, over all workers', async () => {
  const budget = new RateLimit(redis.client, KEYS);
  await budget.lower(10);
  await budget.lower(10);
  expect(await rateOf(budget)).toBeCloseTo(8, 0);
  const { waitMs } = await budget.peek();
  expect(waitMs).toBeGreaterThan(1500);
  const far = await budget.take(100);
  expect(far.isTaken).toBe(false);
  expect((await budget.peek()).waitMs).toBeLessThanOrEqual(waitMs);
});

test('a rate comes close to what was too much, stays, and tries more after ten minutes', async () => {
  const budget = new RateLimit(redis.client, KEYS);
  await budget.lower(10);
  await budget.lower(10);
  await pass(120_000);
  expect(await rateOf(budget)).toBeCloseTo(9.5, 0);
  await pass(400_000);
  expect(await rateOf(budget)).toBeCloseTo(9.5, 0);
  await pass(680_000);
  expect(await rateOf(budget)).toBeCloseTo(19, -0.5);
});

test('a rate never falls to nothing, and is forgotten after an hour without a throttling', async () => {
  const budget = new RateLimit(redis.client, KEYS);
  for (let n = 0; n < 30; n += 1) {
    await budget.lower(1);
    await pass(11_000);
  }
  expect(Number(await redis.client.hget(KEYS.budget, 'rate'))).toBe(1);
  expect(await redis.client.pttl(KEYS.budget)).toBeGreaterThan(3_500_000);
});

test.each(['x', '', '-1', 'nan', '1e400'])(
  'a rate limit that was overwritten with %j lets requests pass, and can be read',
  async (value) => {
    const rateLimit = new RateLimit(redis.client, KEYS);
    const fields = { rate: value, at: value, next: value, last: value, bad: value, seen: value };
    await redis.client.hset(KEYS.budget, fields);
    expect(await rateLimit.take(1000)).toEqual({ isLimited: false, waitMs: 0, isTaken: true });
    expect(await rateLimit.current()).toBeUndefined();
    expect(await rateLimit.lower(5)).toBeUndefined();
    expect(await rateLimit.lower(5)).toBe(4);
  },
);
