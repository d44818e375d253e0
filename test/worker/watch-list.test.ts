import { expect, test } from 'vitest';
import type { ImsClient, ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { followImport } from '../../src/worker/follow.ts';
import { watchList } from '../../src/worker/maintenance/watch-list.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { accept } from '../support/accept.ts';
import { imageRequest } from '../support/images.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const NAMES = ['one', 'two', 'three', 'four', 'five'];
const keyOf = (name: string): string => importKey(imageRequest(name));

interface Stage {
  readonly deps: WorkerDeps;
  /** Names that the list shows as being created. */
  saving: readonly string[];
  /** And those that wait for it. */
  queued: readonly string[];
  /** How many of the next lists are answered by 429. */
  throttled: number;
  readonly calls: { list: number; job: number };
  stop(): void;
}

/** Five imports that IMS works on, and a list that shows what the test says. */
async function stage(minMs = 50): Promise<Stage> {
  const stopped = new AbortController();
  const calls = { list: 0, job: 0 };
  const ims: Partial<ImsClient> = {
    images: async ({ status }) => {
      calls.list += status === 'saving' ? 1 : 0;
      on.throttled -= 1;
      if (on.throttled >= 0) return { kind: 'failed', throttled: true, code: '', message: '' };
      const shown = status === 'queued' ? on.queued : on.saving;
      const value: readonly ImsImage[] = shown.map((name) =>
        markedImage(name, { status: 'saving' }),
      );
      return { kind: 'ok', value };
    },
    job: async (id) => {
      calls.job += 1;
      const value = { id, status: 'RUNNING', statusWord: 'RUNNING', otherImageIds: [] } as const;
      return { kind: 'ok', value };
    },
  };
  const base = await workerDeps(redis, ims);
  const poll = { initialMs: 60_000, minMs, maxMs: 60_000 };
  const config = { ...base.config, lockMs: 1000, poll };
  const deps: WorkerDeps = { ...base, config, stopping: stopped.signal };
  const stop = (): void => stopped.abort();
  const on: Stage = { deps, calls, saving: NAMES, queued: [], throttled: 0, stop };
  for (const name of NAMES) await accept(deps, name);
  return on;
}

async function delayed({ queues }: WorkerDeps): Promise<number> {
  return queues.poll.getDelayedCount();
}

test('an import whose image leaves the list is polled at once, the others wait', async () => {
  const on = await stage();
  const watching = watchList(on.deps);
  await until(async () => (await on.deps.project.listing.of(keyOf('one'))) !== undefined);
  expect(await delayed(on.deps)).toBe(5);
  on.saving = NAMES.slice(1);
  await until(async () => (await delayed(on.deps)) === 4);
  expect(await on.deps.project.listing.of(keyOf('one'))).toMatchObject({ kind: 'left' });
  expect(on.calls.job).toBe(0);
  on.stop();
  await watching;
  await on.deps.queues.close();
});

test('an import that the list shows is not polled', async () => {
  const on = await stage();
  await on.deps.project.listing.note([keyOf('one')], on.deps.clock.now());
  expect(await followImport(on.deps, keyOf('one'))).toEqual({ kind: 'again', delayMs: 60_000 });
  expect(on.calls.job).toBe(0);
  expect(Number(await redis.client.zscore(on.deps.ledger.keys.due, keyOf('one')))).toBeGreaterThan(
    on.deps.clock.now() + 60_000,
  );
  // An old listing, or one of an earlier attempt, proves nothing.
  await on.deps.project.listing.note([keyOf('two')], on.deps.clock.now() - 5000);
  await followImport(on.deps, keyOf('two'));
  expect(on.calls.job).toBe(1);
  on.stop();
  await on.deps.queues.close();
});

test('one that runs on after its image has left is polled soon, then less and less often', async () => {
  const on = await stage(10_000);
  const now = on.deps.clock.now();
  await on.deps.project.listing.note([keyOf('one')], now);
  await on.deps.project.listing.note([], now + 1);
  expect(await followImport(on.deps, keyOf('one'))).toMatchObject({
    kind: 'again',
    delayMs: 10_000,
  });
  expect(on.calls.job).toBe(1);
  on.stop();
  await on.deps.queues.close();
});

test('what it shows is evidence: the image is written down once, and moves nothing', async () => {
  const on = await stage();
  const watching = watchList(on.deps);
  const seen = async () => (await on.deps.ledger.read(keyOf('five')))?.seenImageIds;
  await until(async () => (await seen())?.length === 1);
  const { calls } = on;
  const lists = calls.list;
  const before = await on.deps.ledger.read(keyOf('five'));
  expect(before).toMatchObject({ seenImageIds: ['of-five'], state: { status: 'creating' } });
  await until(() => calls.list > lists + 2);
  expect((await on.deps.ledger.read(keyOf('five')))?.revision).toBe(before?.revision);
  on.stop();
  await watching;
  await on.deps.queues.close();
});

test('a list that shows none of ours is given up, and no image waits for it', async () => {
  const on = await stage();
  on.saving = [];
  const watching = watchList(on.deps);
  await until(async () => on.deps.project.listing.isOff());
  const { list } = on.calls;
  expect(list).toBe(12);
  await followImport(on.deps, keyOf('one'));
  expect(on.calls.job).toBe(1);
  on.stop();
  await watching;
  expect(on.calls.list).toBe(list);
  await on.deps.queues.close();
});

test('one that shows ours waiting only is asked on', async () => {
  const on = await stage();
  on.saving = [];
  on.queued = NAMES;
  const watching = watchList(on.deps);
  await until(async () => on.calls.list > 3);
  expect(await on.deps.project.listing.isOff()).toBe(false);
  on.stop();
  await watching;
  await on.deps.queues.close();
});

test('a list that was throttled is read again once the pause is over', async () => {
  const on = await stage(100_000);
  on.throttled = 1;
  const watching = watchList(on.deps);
  await until(async () => (await on.deps.project.listing.of(keyOf('one'))) !== undefined);
  expect(on.calls.list).toBe(2);
  on.stop();
  await watching;
  await on.deps.queues.close();
});

test('one worker at a time asks for the list', async () => {
  const on = await stage();
  const other: WorkerDeps = { ...on.deps, workerId: 'other' };
  const both = [watchList(on.deps), watchList(other)];
  await until(async () => on.calls.list >= 3);
  const owner = () => redis.client.get(on.deps.ledger.keys.lease('list'));
  await until(async () => ['w', 'other'].includes(String(await owner())));
  on.stop();
  await Promise.all(both);
  await on.deps.queues.close();
});

test('the last ones that a list has shown are watched by the worker that comes next', async () => {
  const on = await stage();
  await on.deps.project.listing.note([keyOf('one')], on.deps.clock.now());
  for (const name of ['two', 'three'])
    await redis.client.srem(on.deps.ledger.keys.inFlight, keyOf(name));
  on.saving = [];
  const watching = watchList({ ...on.deps, workerId: 'next' });
  await until(async () => (await delayed(on.deps)) === 4);
  expect(await on.deps.project.listing.of(keyOf('one'))).toMatchObject({ kind: 'left' });
  const { list } = on.calls;
  // Nothing is left to be watched for, and three are too few for a list.
  await until(async () => !(await on.deps.project.listing.hasOpen()));
  on.stop();
  await watching;
  expect(on.calls.list - list).toBeLessThanOrEqual(1);
  expect(await redis.client.exists(on.deps.ledger.keys.lease('list'))).toBe(0);
  await on.deps.queues.close();
});

test('a list that was right a thousand times is given up after some dozens of wrongs', async () => {
  const on = await stage();
  const { listing } = on.deps.project;
  for (let times = 0; times < 1000; times += 1) await listing.judge('right');
  const wrongs: boolean[] = [];
  while (wrongs.length < 40) wrongs.push(await listing.judge('wrong'));
  expect(wrongs.slice(0, 10)).not.toContain(true);
  expect(wrongs).toContain(true);
  on.stop();
  await on.deps.queues.close();
});
