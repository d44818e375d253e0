import { expect, test } from 'vitest';
import { OutlookReader, readOutlook } from '../../src/producer/live/read-outlook.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** How many commands Redis has run meanwhile. */
async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => {
    const info = await redis.client.info('stats');
    return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

test('a batch of thousands of images costs as many commands as one of a hundred', async () => {
  const small = await registered(redis.client, 100);
  // Redis does not know the scripts yet.
  await readOutlook(small);
  const few = await commandsOf(() => readOutlook(small));
  await small.batches.register('b', manifestImages(5000), AT);
  expect(await commandsOf(() => readOutlook(small))).toBe(few);
  expect(few).toBeLessThan(100);
});

test('of many batches and images only some are read, and those only every few seconds', async () => {
  const parts = await registered(redis.client, 2);
  let now = 0;
  const clock = { ...parts.clock, monotonic: () => now };
  for (let index = 0; index < 60; index += 1) {
    await parts.batches.register(`batch-${index}`, manifestImages(2, `image${index}`), AT);
  }
  for (let index = 0; index < 1000; index += 1) {
    await redis.client.sadd(KEYS.inFlight, `image-${index}`);
    await redis.client.zadd(KEYS.changes, index, `image-${index}`);
  }
  const all = await Promise.all(
    (await parts.batches.names()).map((name) => parts.batches.summary(name)),
  );
  const summaries = all.filter((summary) => summary !== undefined);
  const reader = new OutlookReader({ ...parts, clock });
  const read = () => commandsOf(() => reader.read(summaries));
  const first = await read();
  expect(first).toBeLessThan(700);
  const again = await read();
  expect(again).toBeLessThan(30);
  now += 6000;
  const later = await read();
  expect(later).toBeGreaterThan(again);
  expect(later).toBeLessThan(450);
});
