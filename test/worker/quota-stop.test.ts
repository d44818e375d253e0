import { describe, expect, test } from 'vitest';
import type { ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import { liftQuotaStop } from '../../src/worker/maintenance/maintenance.ts';
import { settleAnswer } from '../../src/worker/settle-answer.ts';
import { Step } from '../../src/worker/step.ts';
import { manifestImages } from '../support/images.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

const NO_LIMIT = Number.POSITIVE_INFINITY;
const FULL = { kind: 'stop', reason: 'quota', code: 'IMG.0015', message: 'full' } as const;

/** A create is refused for the quota, which is then read as `atStop`, later as `later`. */
async function stopThenLook(atStop: number | undefined, later: number) {
  let quota = atStop;
  const deps = await workerDeps(redis, {
    quota: async (): Promise<ReadAnswer<{ used: number; quota: number }>> =>
      quota === undefined
        ? { kind: 'failed', throttled: false, code: 'X', message: 'not read' }
        : { kind: 'ok', value: { used: 2, quota } },
  });
  await deps.batches.register('b', manifestImages(1), { now: 1000, due: 5000 });
  const [key = ''] = await deps.batches.members('b', 0, 1);
  await deps.guard.report({ workerId: 'w', seen: 0, isSafe: true, isKept: true, windowMs: 0 });
  await deps.guard.scanned(await deps.guard.beginScan());
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const now = deps.clock.now();
  const admitted = await deps.ledger.admit(entry, {
    ...{ now, submittedAt: now, budgetMs: 5000, due: now + 60_000, sender: 'w.1' },
    ...{ maxInFlight: 5, gapMs: 0, seenGeneration: 0 },
  });
  if (admitted.kind !== 'admitted') throw new Error(`not admitted: ${admitted.kind}`);
  await settleAnswer(new Step(deps, admitted.entry), await deps.sessions.get(), FULL);
  const stop = await deps.project.stopped();
  quota = later;
  await liftQuotaStop(deps);
  const isLifted = (await deps.project.stopped()) === undefined;
  await deps.queues.close();
  return { stop, isLifted, key };
}

test('a stop names the image whose create was refused, and its batch', async () => {
  const { stop, key } = await stopThenLook(2, 2);
  expect(stop?.image).toEqual({ batch: 'b', name: 'image-1', key });
});

describe('a quota stop', () => {
  test.each([
    { what: 'stays while the quota is full', atStop: 2, later: 2, lifted: false },
    { what: 'ends when there is room', atStop: 2, later: 5, lifted: true },
    { what: 'ends when the quota has no limit any more', atStop: 2, later: NO_LIMIT, lifted: true },
    {
      what: 'ends without a limit, where it was not read before',
      atStop: undefined,
      later: NO_LIMIT,
      lifted: true,
    },
    {
      what: 'stays where there never was a limit: it is about something else',
      atStop: NO_LIMIT,
      later: NO_LIMIT,
      lifted: false,
    },
  ])('$what', async ({ atStop, later, lifted }) => {
    expect((await stopThenLook(atStop, later)).isLifted).toBe(lifted);
  });
});
