import { expect, test } from 'vitest';
import { ImageScout } from '../../src/producer/live/image-scout.ts';
import { OverviewReader } from '../../src/producer/live/overview.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { manifestImages } from '../support/images.ts';
import { AT, admitted, KEYS, openLedgerParts, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

/** How many commands Redis has run meanwhile. */
async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => {
    const info = await server.client.info('stats');
    return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

test('all of many batches are shown after a while, with few commands each second', async () => {
  const parts = openLedgerParts(server.client);
  const images = manifestImages(1);
  for (let index = 0; index < 120; index += 1) {
    await parts.batches.register(`batch-${index}`, images, AT);
  }
  const reader = new OverviewReader({ ...parts, clock: systemClock });
  expect((await reader.read()).batches).toHaveLength(50);
  for (let read = 0; read < 4; read += 1) {
    expect(await commandsOf(() => reader.read())).toBeLessThan(160);
  }
  expect((await reader.read()).batches).toHaveLength(120);
});

test('the few that failed among thousands are found page by page', async () => {
  const parts = await registered(server.client, 1700);
  for (const index of [3, 1600]) {
    const key = KEYS.import(parts.members[index] ?? '');
    const detail = JSON.stringify({ reason: { code: 'X', message: 'm' } });
    await server.client.hset(key, { state: 'failed', detail });
  }
  await server.client.hincrby(KEYS.batch('b'), 'n:failed', 2);
  const summary = await parts.batches.summary('b');
  if (!summary) throw new Error('there is a batch');
  const scout = new ImageScout(parts);
  for (let look = 0; look < 4; look += 1) {
    expect(await commandsOf(() => scout.read(summary))).toBeLessThan(600);
  }
  const { troubled } = await scout.read(summary);
  const found = new Set(troubled.map(({ request }) => request.name));
  expect(found).toEqual(new Set(['image-1601', 'image-4']));
  // All are known: nothing is looked through any more.
  expect(await commandsOf(() => scout.read(summary))).toBeLessThan(20);
});

test('an image that leaves the flight is shown with its outcome', async () => {
  const parts = await registered(server.client, 2);
  await admitted(parts, 0);
  const summary = await parts.batches.summary('b');
  if (!summary) throw new Error('there is a batch');
  const scout = new ImageScout(parts);
  const flying = await scout.read(summary);
  expect(flying.underWay.map(({ request }) => request.name)).toEqual(['image-1']);
  const key = parts.members[0] ?? '';
  await server.client.srem(KEYS.inFlight, key);
  const detail = JSON.stringify({ imageId: 'i' });
  await server.client.hset(KEYS.import(key), { state: 'succeeded', detail });
  const { underWay, succeeded } = await scout.read(summary);
  expect(underWay).toEqual([]);
  expect(succeeded.map(({ request }) => request.name)).toEqual(['image-1']);
});
