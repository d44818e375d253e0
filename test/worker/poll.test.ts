import { expect, test } from 'vitest';
import type { ImsClient, ImsJob } from '../../src/shared/cloud/ims/ims-answers.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { AdmissionGate } from '../../src/worker/admission.ts';
import { followImport } from '../../src/worker/follow.ts';
import { startQueueWorkers } from '../../src/worker/queue-workers.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { accept } from '../support/accept.ts';
import { imageRequest } from '../support/images.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const KEY = importKey(imageRequest('one'));

interface Stage {
  readonly deps: WorkerDeps;
  readonly stopped: AbortController;
  job: Partial<ImsJob>;
  polls: number;
}

/** One import that IMS works on, polled every second or so. */
async function stage(pollMs = 1000, lockMs = 30_000): Promise<Stage> {
  const stopped = new AbortController();
  const ims: Partial<ImsClient> = {
    job: async (id) => {
      on.polls += 1;
      const shown = { status: 'RUNNING', statusWord: 'RUNNING', otherImageIds: [] } as const;
      return { kind: 'ok', value: { id, ...shown, ...on.job } };
    },
    images: async () => ({ kind: 'ok', value: [markedImage('one')] }),
    image: async () => ({ kind: 'ok', value: markedImage('one') }),
  };
  const base = await workerDeps(redis, ims);
  const poll = { initialMs: pollMs, minMs: pollMs, maxMs: pollMs };
  const unknown = { ...base.config.unknown, policy: 'hold' } as const;
  const config = { ...base.config, lockMs, poll, unknown };
  const deps = { ...base, config, stopping: stopped.signal };
  const on: Stage = { deps, stopped, job: {}, polls: 0 };
  await accept(on.deps, 'one');
  return on;
}

test('every poll is written into the ledger, how far the import is, and that it is done', async () => {
  const on = await stage();
  const { ledger, queues } = on.deps;
  expect(await followImport(on.deps, KEY)).toEqual({ kind: 'again', delayMs: 1000 });
  expect(await ledger.read(KEY)).toMatchObject({ polls: 1, state: { status: 'creating' } });
  on.job = { progress: 0.4 };
  await followImport(on.deps, KEY);
  expect(await ledger.read(KEY)).toMatchObject({ polls: 2, state: { progress: 0.4 } });
  on.job = { status: 'SUCCESS', imageId: 'of-one' };
  expect(await followImport(on.deps, KEY)).toEqual({ kind: 'done' });
  const done = await ledger.read(KEY);
  expect(done).toMatchObject({ polls: 3, state: { status: 'succeeded', imageId: 'of-one' } });
  await queues.close();
});

test.each(['lost', 'foreign'])('a good answer ends a row of bad ones: %s', async (kind) => {
  const on = await stage();
  const { ledger, clock, queues } = on.deps;
  const state = (await ledger.read(KEY))?.state;
  const of = `creating:1:1:${state?.status === 'creating' ? state.since : 0}`;
  const at = { now: clock.now(), due: clock.now() };
  const event = { type: 'polled', of, at: at.now, overdue: false, lost: false } as const;
  await ledger.change(KEY, { ...event, [kind]: true }, at);
  expect((await ledger.read(KEY))?.state).toHaveProperty(`${kind}Reads`, 1);
  await followImport(on.deps, KEY);
  expect((await ledger.read(KEY))?.state).not.toHaveProperty(`${kind}Reads`);
  await queues.close();
});

test('a poll that comes back after the import has moved on changes nothing', async () => {
  const on = await stage();
  const { ledger, clock, queues, ims } = on.deps;
  const state = (await ledger.read(KEY))?.state;
  const of = `creating:1:1:${state?.status === 'creating' ? state.since : 0}`;
  const job: ImsClient['job'] = async (id) => {
    const event = { type: 'succeeded', of, imageId: 'of-one', otherImageIds: [] } as const;
    await ledger.change(KEY, event, { now: clock.now(), due: clock.now() });
    return ims.job(id);
  };
  await followImport({ ...on.deps, ims: { ...ims, job } }, KEY);
  expect(await ledger.read(KEY)).toMatchObject({ state: { status: 'succeeded' } });
  await queues.close();
});

test('between two polls the queue job is a delayed one of BullMQ, also when the worker stops', async () => {
  const on = await stage(100, 1000);
  const wakes = { count: 0, after: async () => undefined };
  const gate = new AdmissionGate(on.deps, wakes, async () => undefined);
  const fatal = (error: Error): void => {
    throw error;
  };
  const { poll } = on.deps.queues;
  await poll.promoteJobs();
  const connection = redis.client.duplicate({ maxRetriesPerRequest: null });
  const workers = startQueueWorkers(on.deps, gate, { connection, fatal });
  await until(async () => on.polls > 5 && (await poll.getDelayedCount()) === 1);
  on.stopped.abort();
  await workers.close();
  connection.disconnect();
  const { active, delayed, waiting } = await poll.getJobCounts();
  expect({ active, left: (delayed ?? 0) + (waiting ?? 0) }).toEqual({ active: 0, left: 1 });
  await on.deps.queues.close();
});
