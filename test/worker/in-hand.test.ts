import { describe, expect, test } from 'vitest';
import type { ImsClient, ImsJob } from '../../src/shared/cloud/ims/ims-answers.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { followImport } from '../../src/worker/follow/follow-import.ts';
import { type InHand, isNear } from '../../src/worker/follow/in-hand.ts';
import { startQueueWorkers } from '../../src/worker/queue-workers.ts';
import { AdmissionGate } from '../../src/worker/submit/admission.ts';
import type { Step, WorkerDeps } from '../../src/worker/worker-deps.ts';
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

/** One import that IMS works on, polled every second or so, by a fleet clock that the test moves. */
async function stage(pollMs = 1000, lockMs = 30_000): Promise<Stage> {
  const stopped = new AbortController();
  const ims: Partial<ImsClient> = {
    job: async (id) => {
      on.polls += 1;
      const told = {
        status: 'RUNNING',
        statusWord: 'RUNNING',
        otherImageIds: [],
        ...on.job,
      } as const;
      return { kind: 'ok', value: { id, ...told } };
    },
    image: async () => ({ kind: 'ok', value: markedImage('one') }),
  };
  const base = await workerDeps(redis, ims);
  const poll = { initialMs: pollMs, minMs: pollMs, maxMs: pollMs };
  const unknown = { ...base.config.unknown, policy: 'hold' } as const;
  const config = { ...base.config, lockMs, poll, unknown };
  const on: Stage = {
    deps: { ...base, config, stopping: stopped.signal },
    stopped,
    job: {},
    polls: 0,
  };
  await accept(on.deps, 'one');
  return on;
}

function inHand(step: Step): InHand {
  if (step.kind !== 'again' || step.inHand === undefined) throw new Error('not in hand');
  return step.inHand;
}

async function later({ deps }: Stage, ms: number, held: InHand): Promise<Step> {
  const clock = { ...deps.clock, now: () => deps.clock.now() + ms };
  return followImport({ ...deps, clock }, KEY, { inHand: held, mayStay: true });
}

describe('an import whose next poll is near', () => {
  test('is polled on without a word to the ledger while there is no news', async () => {
    const on = await stage();
    const first = inHand(await followImport(on.deps, KEY, { mayStay: true }));
    const before = await on.deps.ledger.read(KEY);
    const third = inHand(await later(on, 2000, inHand(await later(on, 1000, first))));
    expect(on.polls).toBe(3);
    expect(await on.deps.ledger.read(KEY)).toEqual(before);
    expect(third.entry.polls - (before?.polls ?? 0)).toBe(3);
    await on.deps.queues.close();
  });

  test('tells the ledger before that would take it for forgotten', async () => {
    const on = await stage();
    const held = inHand(await followImport(on.deps, KEY, { mayStay: true }));
    const told = inHand(await later(on, on.deps.config.lockMs, held));
    expect(told.tellBy).toBeGreaterThan(held.tellBy);
    expect(await on.deps.ledger.read(KEY)).toMatchObject({ polls: 2 });
    await on.deps.queues.close();
  });

  test('tells the ledger at once how far it is, and that it is done', async () => {
    const on = await stage();
    const held = inHand(await followImport(on.deps, KEY, { mayStay: true }));
    on.job = { progress: 0.4 };
    const further = inHand(await later(on, 1000, held));
    expect(await on.deps.ledger.read(KEY)).toMatchObject({ polls: 2, state: { progress: 0.4 } });
    on.job = { status: 'SUCCESS', imageId: 'of-one' };
    expect(await later(on, 2000, further)).toEqual({ kind: 'done' });
    const done = await on.deps.ledger.read(KEY);
    expect(done).toMatchObject({ polls: 3, state: { status: 'succeeded', imageId: 'of-one' } });
    await on.deps.queues.close();
  });

  test.each(['lost', 'foreign'])(
    'tells the ledger at once that a row of bad answers is over: %s',
    async (kind) => {
      const on = await stage();
      const { ledger, clock, queues } = on.deps;
      const state = (await ledger.read(KEY))?.state;
      const of = `creating:1:1:${state?.status === 'creating' ? state.since : 0}`;
      const at = { now: clock.now(), due: clock.now() };
      const event = { type: 'polled', of, at: at.now, overdue: false, lost: false } as const;
      await ledger.change(KEY, { ...event, [kind]: true }, at);
      expect((await ledger.read(KEY))?.state).toHaveProperty(`${kind}Reads`, 1);
      inHand(await followImport(on.deps, KEY, { mayStay: true }));
      expect((await ledger.read(KEY))?.state).not.toHaveProperty(`${kind}Reads`);
      await queues.close();
    },
  );

  test('is let go when somebody else has moved it meanwhile', async () => {
    const on = await stage();
    const held = inHand(await followImport(on.deps, KEY, { mayStay: true }));
    const now = on.deps.clock.now();
    const of = `creating:1:1:${held.entry.state.status === 'creating' ? held.entry.state.since : 0}`;
    const event = { type: 'succeeded', of, imageId: 'of-one', otherImageIds: [] } as const;
    await on.deps.ledger.change(KEY, event, { now, due: now });
    const step = await later(on, on.deps.config.lockMs, held);
    expect(step).not.toHaveProperty('inHand');
    expect(await on.deps.ledger.read(KEY)).toMatchObject({ state: { status: 'succeeded' } });
    await on.deps.queues.close();
  });
});

test('where no queue job may stay the ledger hears of every poll', async () => {
  const on = await stage();
  expect(await followImport(on.deps, KEY)).not.toHaveProperty('inHand');
  expect(await on.deps.ledger.read(KEY)).toMatchObject({ polls: 1 });
  await on.deps.queues.close();
});

test('a poll that is further away than twelve times POLL_MIN or two locks is no near one', async () => {
  const { config, queues } = (await stage()).deps;
  expect([isNear(config, 12_000), isNear(config, 12_001)]).toEqual([true, false]);
  expect(isNear({ ...config, lockMs: 2000 }, 4001)).toBe(false);
  await queues.close();
});

test('a worker that stops hands the queue job back: it is delayed, not lost', async () => {
  const on = await stage(100, 1000);
  const wakes = { count: 0, after: async () => undefined };
  const gate = new AdmissionGate(on.deps, wakes, async () => undefined);
  const fatal = (error: Error): void => {
    throw error;
  };
  await on.deps.queues.poll.promoteJobs();
  const connection = redis.client.duplicate({ maxRetriesPerRequest: null });
  const workers = startQueueWorkers(on.deps, gate, { connection, fatal });
  // Polls lie 100 ms apart: by then its first lock would have ended twice.
  const isOld = (): boolean => on.polls > 25;
  await until(async () => isOld() && (await on.deps.queues.poll.getActiveCount()) === 1);
  on.stopped.abort();
  await workers.close();
  connection.disconnect();
  const { active, delayed, waiting } = await on.deps.queues.poll.getJobCounts();
  expect({ active, left: (delayed ?? 0) + (waiting ?? 0) }).toEqual({ active: 0, left: 1 });
  await on.deps.queues.close();
});
