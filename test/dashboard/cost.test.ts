import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { openDashboard } from '../support/dashboard.ts';
import { imageRequest } from '../support/images.ts';
import { AT } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
/** Of one page, drawn again: a page of 50 images, 50 batches, samples of the project. */
const MOST_COMMANDS = 400;

/** All that Redis did since the last call. */
async function commands(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  await redis.client.config('RESETSTAT');
  const calls = [...stats.matchAll(/^cmdstat_(?!info|config)[^:]+:calls=(\d+)/gm)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function project(batches: number, images: number) {
  let now = 0;
  // What is a second old is read again.
  const clock = { ...systemClock, monotonic: () => now };
  const dashboard = await openDashboard(redis.client, { count: 3, clock });
  const imagesOf = (batch: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      request: imageRequest(`${batch}-${at}`, { image_url: `bucket:${batch}/${at}.qcow2` }),
      line: at + 1,
    }));
  for (let at = 1; at < batches; at += 1) {
    await dashboard.batches.register(`batch-${at}`, imagesOf(`batch-${at}`, 2), AT);
  }
  const large = imagesOf('large', images);
  for (let from = 0; from < images; from += 500) {
    await dashboard.batches.register('large', large.slice(from, from + 500), AT);
  }
  const [key = ''] = await dashboard.batches.members('large', 0, 1);
  const costOf = async (path: string): Promise<number> => {
    // A batch is read once, in the background, before it can be searched and sorted.
    await until(async () => !(await dashboard.look(path)).body.includes('of the batch searched'));
    now += 10_000;
    await commands();
    const { statusCode } = await dashboard.look(path);
    expect(statusCode, path).toBe(200);
    return commands();
  };
  return { costOf, key };
}

describe('an open page', () => {
  test('costs Redis the same, however many batches and images there are', async () => {
    const paths = (key: string) => [
      '/',
      '/?tab=running&sort=-rate&page=2',
      '/batches/large',
      '/batches/large?page=12',
      '/batches/large?sort=-ims',
      '/batches/large?q=large-59',
      `/batches/large/images/${key}`,
      '/batches/large/retry',
    ];
    const some = await project(63, 600);
    const before: number[] = [];
    for (const path of paths(some.key)) before.push(await some.costOf(path));
    await redis.client.flushall();
    const more = await project(126, 3000);
    for (const [at, path] of paths(more.key).entries()) {
      const cost = await more.costOf(path);
      expect(cost, path).toBeLessThan(MOST_COMMANDS);
      expect(cost - (before[at] ?? 0), path).toBeLessThan(20);
    }
  });
});
