import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { ImportKey } from '../../src/shared/image/import-key.ts';
import { followImport } from '../../src/worker/follow.ts';
import { record } from '../../src/worker/record.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { behindProxy, expectOnce, imagesOf, PATIENT, submitAll } from '../support/one-run.ts';
import type { OwnAnswer } from '../support/proxy/answer-faults.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis();

/** As services say that they know no such job. */
const NOT_KNOWN: readonly OwnAnswer[] = [
  { status: 404, json: { itemNotFound: { message: 'The job does not exist.', code: 404 } } },
  { status: 400, json: { error: { code: 'IMG.0023', message: 'exception during task query' } } },
  { status: 404, json: { error: { code: 404, message: 'no such job', title: 'Not Found' } } },
];

describe('an IMS job', () => {
  test('in a state nobody knows is polled on', async () => {
    const simulator = await cloud({ duration: 1500 });
    const proxy = await faultProxy(simulator.url);
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { ...PATIENT, IMS_FERRY_NAMESPACE: 'odd-jobs' },
    });
    const worker = startFerry(['work'], env);
    await worker.says('worker started');
    const waiting = submitAll('odd-jobs', 1, env);
    await until(() => simulator.accepted.length === 1);
    const json = { status: 'PAUSED', job_id: simulator.accepted[0]?.job_id, entities: {} };
    proxy.plan({ fault: { status: 200, json }, path: /\/jobs?\// });
    expectOnce(simulator, 1, await waiting);
    expect(worker.stderr()).toContain('unknown status word');
  });

  test('that is not known yet right after the create is polled on, not given up', async () => {
    // Neither does the list show the image yet, and nobody sends again.
    const simulator = await cloud({ duration: 400, listingDelayMs: 8000 });
    const proxy = await faultProxy(simulator.url);
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { IMS_FERRY_NAMESPACE: 'late-jobs', IMS_FERRY_UNKNOWN_POLICY: 'hold' },
    });
    const worker = startFerry(['work'], env);
    await worker.says('worker started');
    for (const fault of NOT_KNOWN) proxy.plan({ fault, path: /\/jobs?\//, count: 8 });
    expectOnce(simulator, 3, await submitAll('late-jobs', 3, env));
    expect(worker.stderr()).not.toContain('JOB_GONE');
  });

  test("that is answered with another job's body is read again, not believed", async () => {
    const simulator = await cloud({ duration: 1500 });
    const proxy = await faultProxy(simulator.url);
    const env = behindProxy(simulator, proxy, {
      redisUrl: redis.url,
      env: { IMS_FERRY_NAMESPACE: 'other-job' },
    });
    const worker = startFerry(['work'], env);
    await worker.says('worker started');
    const json = { status: 'FAIL', job_id: 'f'.repeat(32), error_code: 'IMG.0062', entities: {} };
    proxy.plan({ fault: { status: 200, json }, path: /\/jobs?\//, count: 3 });
    expectOnce(simulator, 1, await submitAll('other-job', 1, env));
    expect(proxy.struck()).toBe(3);
    expect(worker.stderr()).toContain('UNREADABLE');
  });

  test('that is stuck in RUNNING is followed until it ends', async () => {
    const simulator = await cloud({ duration: 200 });
    const names = { IMS_FERRY_NAMESPACE: 'stuck' };
    const env = accountEnv(simulator, redis.url, { ...PATIENT, ...names });
    startFerry(['work'], env);
    const file = await manifestFile('stuck', 1, 'bucket:stuck');
    const waiting = runFerry(['submit', '--wait', file], env);
    await until(() => (simulator.stats.calls['job'] ?? 0) >= 4);
    expect((await imagesOf('stuck', env))[0]?.state).toBe('creating');
    simulator.finishAll();
    expectOnce(simulator, 1, await waiting);
  });
});

/** An import that IMS has accepted as job J. */
async function creating(deps: WorkerDeps): Promise<ImportKey> {
  const now = deps.clock.now();
  const one = [{ request: imageRequest('one'), line: 1 }];
  const [registered] = await deps.batches.register('b', one, { now, due: now });
  const entry = await deps.ledger.read(registered?.key ?? '');
  if (!entry) throw new Error('not registered');
  await deps.guard.scanned(await deps.guard.beginScan());
  const intent = { ...INTENT, now, due: now + 9000 };
  await deps.guard.report(HOLDER);
  const admitted = await deps.ledger.admit(entry, intent);
  if (admitted.kind !== 'admitted') throw new Error(admitted.kind);
  const { key, epoch } = admitted.entry;
  await record(deps, key, { event: { type: 'accepted', epoch, jobId: 'J', at: now } });
  return key;
}

test('an IMS job that is not known in its first minute counts as known; five times after it, as gone', async () => {
  const deps = await workerDeps(redis, {
    job: async () => ({ kind: 'not-found', code: 'HTTP_404', message: 'no such job' }),
  });
  const key = await creating(deps);
  const stateAfter = async (laterMs: number) => {
    const clock = { ...deps.clock, now: () => deps.clock.now() + laterMs };
    await followImport({ ...deps, clock }, key);
    return (await deps.ledger.read(key))?.state;
  };
  for (let second = 1; second < 59; second += 3) {
    expect(await stateAfter(second * 1000)).not.toHaveProperty('lostReads', expect.anything());
  }
  for (const reads of [1, 2, 3, 4]) {
    expect(await stateAfter(61_000)).toMatchObject({ status: 'creating', lostReads: reads });
  }
  expect(await stateAfter(61_000)).toMatchObject({
    status: 'unknown',
    reason: { code: 'JOB_GONE' },
  });
  await deps.queues.close();
  await redis.client.flushall();
});

test('SUCCESS is not believed: an image that is missing for ten minutes, or killed', async () => {
  const killed = markedImage('one', { status: 'killed' });
  let image: ImsImage | undefined;
  const job = { id: 'J', status: 'SUCCESS', statusWord: 'SUCCESS', imageId: killed.id } as const;
  const deps = await workerDeps(redis, {
    job: async () => ({ kind: 'ok', value: { ...job, otherImageIds: [] } }),
    image: async () =>
      image ? { kind: 'ok', value: image } : { kind: 'not-found', code: 'X', message: 'none' },
    images: async () => ({ kind: 'ok', value: [] }),
  });
  const key = await creating(deps);
  const stateAfter = async (laterMs: number) => {
    const clock = { ...deps.clock, now: () => deps.clock.now() + laterMs };
    await followImport({ ...deps, clock }, key);
    return (await deps.ledger.read(key))?.state;
  };
  expect(await stateAfter(0)).toMatchObject({ status: 'creating' });
  expect(await stateAfter(9 * 60_000)).toMatchObject({ status: 'creating' });
  const missing = { status: 'unknown', held: false, reason: { code: 'NO_IMAGE' } };
  expect(await stateAfter(11 * 60_000)).toMatchObject(missing);

  await redis.client.flushall();
  await creating(deps);
  image = killed;
  const dead = { status: 'failed', reason: { code: 'IMAGE_DEAD' } };
  expect(await stateAfter(0)).toMatchObject(dead);
  await deps.queues.close();
});
