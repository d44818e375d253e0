import { expect, test } from 'vitest';
import type { Holder } from '../../src/shared/ledger/guard-store.ts';
import { reportGeneration } from '../../src/worker/generation.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

test('nothing goes unkept from the moment in which the ledger lets others speak for this worker', async () => {
  const deps = await workerDeps(redis, {});
  const { intents } = deps;
  // As on a Redis that may lose writes.
  intents.check = async () => false;
  const at = (isKept: boolean) => ({ ...deps, generation: { ...deps.generation, isKept } });
  await reportGeneration(at(false));
  expect(intents.mayBeSentUnkept()).toBe(true);
  const whileReported: boolean[] = [];
  const guard = Object.assign(Object.create(deps.guard), {
    report: async (holder: Holder) => {
      const report = await deps.guard.report(holder);
      whileReported.push(intents.mayBeSentUnkept());
      return report;
    },
  });
  await reportGeneration({ ...at(true), guard });
  expect(whileReported).toEqual([false]);
  await deps.queues.close();
});
