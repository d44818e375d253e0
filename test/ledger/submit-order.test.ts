import { Worker } from 'bullmq';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { submitBatch } from '../../src/producer/submit-batch.ts';
import type { Manifest } from '../../src/shared/image/image-request.ts';
import { Queues, queuePrefix, SUBMIT_QUEUE } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { imageRequest } from '../support/images.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis();
const FLAGS = { retryFailed: false, recreate: false };

type Priority = number | undefined;

const manifestOf = (priorities: readonly Priority[]): Manifest => ({
  name: 'b',
  file: 'b.yaml',
  images: priorities.map((priority, index) => ({
    request: imageRequest(String(index)),
    line: index,
    ...(priority === undefined ? {} : { priority }),
  })),
});

/** Indexes by priority; none comes before 1. In one priority those in `late` come last. */
function sorted(priorities: readonly Priority[], late: ReadonlySet<number>): readonly number[] {
  const rank = (index: number): readonly number[] => [
    priorities[index] ?? 0,
    late.has(index) ? 1 : 0,
    index,
  ];
  return [...priorities.keys()].toSorted((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const at = x.findIndex((value, place) => value !== y[place]);
    return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
  });
}

/** Takes every job as a worker would, one after the other. */
async function work(count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  const worker = new Worker(SUBMIT_QUEUE, async ({ name }) => void taken.push(Number(name)), {
    connection: { url: server.url },
    prefix: queuePrefix('order'),
    concurrency: 1,
  });
  try {
    const done = Promise.withResolvers<void>();
    worker.on('completed', () => taken.length === count && done.resolve());
    await done.promise;
  } finally {
    await worker.close();
  }
  return taken;
}

const priority = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
const twice = fc
  .integer({ min: 1, max: 30 })
  .chain((length) =>
    fc.array(fc.tuple(priority, priority), { minLength: length, maxLength: length }),
  );

test('workers take images in the order of the last manifest: priority, then place', async () => {
  const parts = openLedgerParts(server.client);
  const queues = new Queues(server.client, 'order');
  const deps = { ...parts, queues, clock: systemClock, lockMs: 1000 };
  await fc.assert(
    fc.asyncProperty(twice, async (pairs) => {
      await server.client.flushall();
      const [first, second] = [pairs.map(([before]) => before), pairs.map(([, after]) => after)];
      await submitBatch(deps, manifestOf(first), FLAGS);
      const moved = new Set([...pairs.keys()].filter((index) => first[index] !== second[index]));
      const receipt = await submitBatch(deps, manifestOf(second), FLAGS);
      expect(receipt.reordered).toBe(moved.size);
      expect(await work(pairs.length)).toEqual(sorted(second, moved));
    }),
    { numRuns: 25 },
  );
  await queues.close();
});

test('a run that was killed between the queue and the ledger is completed by the next', async () => {
  await server.client.flushall();
  const parts = openLedgerParts(server.client);
  const queues = new Queues(server.client, 'order');
  const deps = { ...parts, queues, clock: systemClock, lockMs: 1000 };
  await submitBatch(deps, manifestOf([2, 2]), FLAGS);
  const key = (await parts.batches.members('b', 1, 1))[0] ?? '';
  // What such a run leaves: the queue has the new place, the ledger the old priority.
  const trigger = { key, name: '1', attempt: 1, epoch: 0, queued: 0, priority: 1 };
  await queues.reorder(trigger);
  const receipt = await submitBatch(deps, manifestOf([2, 1]), FLAGS);
  expect(receipt.reordered).toBe(1);
  expect((await parts.ledger.read(key))?.priority).toBe(1);
  expect(await work(2)).toEqual([1, 0]);
  await queues.close();
});

test('a batch is registered although Redis forgets the script in between', async () => {
  await server.client.flushall();
  await server.client.script('FLUSH');
  const forgetful = Object.create(server.client, {
    pipeline: {
      value: () => {
        const pipeline = server.client.pipeline();
        pipeline.script = () => pipeline.ping();
        return pipeline;
      },
    },
  });
  const { batches } = openLedgerParts(forgetful);
  const page = await batches.register('b', manifestOf([undefined, 5]).images, AT);
  expect(page.map(({ kind, name }) => [kind, name])).toEqual([
    ['new', '0'],
    ['new', '1'],
  ]);
  expect(await batches.members('b', 0, 9)).toEqual(page.map(({ key }) => key));
});
