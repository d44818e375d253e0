import { expect, onTestFinished, test } from 'vitest';
import { submitBatch } from '../../src/producer/submit-batch.ts';
import { newAttempt } from '../../src/shared/attempt/new-attempt.ts';
import { createFleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { AdmissionGate } from '../../src/worker/admission.ts';
import { submitImport } from '../../src/worker/submit.ts';
import { imageRequest, manifestImages } from '../support/images.ts';
import { AT, admitted, KEYS, readAs, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const server = useRedis({ emptied: true });

async function oneImport() {
  const queues = new Queues(server.client, 'test');
  onTestFinished(() => queues.close());
  const parts = await registered(server.client, 1);
  const key = parts.members[0] ?? '';
  const deps = { ...parts, queues, clock: systemClock, lockMs: 1000 };
  const submit = (retryFailed: boolean, minDisk = 40) =>
    submitBatch(
      deps,
      {
        name: 'b',
        file: 'b.yaml',
        images: [{ request: imageRequest('image-1', { min_disk: minDisk }), line: 1 }],
      },
      { retryFailed, recreate: false },
    );
  return { ...deps, key, submit };
}

const REASON = { code: 'IMG.0057', message: 'no such object' };

async function failedImport() {
  const parts = await oneImport();
  await admitted(parts, 0);
  await parts.ledger.change(parts.key, { type: 'refused', epoch: 1, reason: REASON, at: 1 }, AT);
  return parts;
}

test('a failed import is tried again only when it changed or a person wants it', async () => {
  const { submit, batches } = await failedImport();
  expect((await submit(false)).counts).toEqual({ failed: 1 });
  expect((await submit(true)).counts).toEqual({ again: 1 });
  expect((await batches.summary('b'))?.counts).toMatchObject({ pending: 1, failed: 0 });
});

test('a changed request starts a new attempt with it', async () => {
  const { submit, ledger, key } = await failedImport();
  expect((await submit(false, 80)).counts).toEqual({ again: 1 });
  const entry = await ledger.read(key);
  expect(entry).toMatchObject({ attempt: 2, request: { min_disk: 80 } });
  expect(entry?.finishedAt).toBeUndefined();
});

test('two people who retry at once start one attempt', async () => {
  const parts = await failedImport();
  const tries = Array.from({ length: 5 }, () => newAttempt(parts, parts.key, { type: 'retry' }));
  expect((await Promise.all(tries)).filter((entry) => entry !== undefined)).toHaveLength(1);
  expect((await parts.ledger.read(parts.key))?.attempt).toBe(2);
});

test('a new attempt goes by the fleet’s time of now, however long ago this process read it', async () => {
  const parts = await failedImport();
  const { clock, keys } = { clock: { ...systemClock, monotonic: () => passedMs }, keys: KEYS };
  let passedMs = 0;
  const time = await createFleetClock(server.client, clock, keys);
  // Others have kept the time for a day.
  const later = await server.client.hincrby(KEYS.meta, 'time', 86_400_000);
  await server.client.hset(KEYS.meta, 'tick', 'of another');
  passedMs += 86_400_000;
  await newAttempt({ ...parts, time }, parts.key, { type: 'retry' });
  const due = Number(await server.client.zscore(KEYS.due, parts.key));
  expect(due).toBeGreaterThanOrEqual(later + 2 * parts.lockMs);
});

test('a new attempt is younger than the last scan of the image list', async () => {
  const parts = await failedImport();
  await newAttempt(parts, parts.key, { type: 'retry' });
  expect(await admitted(parts, 0)).toEqual({ kind: 'scan' });
});

test('a retry follows what an older create left instead of creating', async () => {
  const parts = await oneImport();
  await parts.ledger.change(parts.key, { type: 'cancel' }, AT);
  const late = { type: 'accepted', epoch: 0, jobId: 'J0', at: 1 } as const;
  await parts.ledger.change(parts.key, late, AT);
  const entry = await newAttempt(parts, parts.key, { type: 'retry' });
  expect(entry).toMatchObject({ lateJobIds: [], state: { status: 'creating', jobId: 'J0' } });
});

test('recreate names the image that shall be replaced', async () => {
  const parts = await oneImport();
  await admitted(parts, 0);
  await parts.ledger.change(parts.key, { type: 'accepted', epoch: 1, jobId: 'J', at: 1 }, AT);
  const of = await readAs(parts, parts.key);
  const done = { type: 'succeeded', of, imageId: 'I', otherImageIds: [] } as const;
  await parts.ledger.change(parts.key, done, AT);
  const entry = await newAttempt(parts, parts.key, { type: 'recreate' });
  expect(entry?.state).toEqual({ status: 'pending', replaces: ['I'] });
});

test('registering alone starts no attempt', async () => {
  const { batches, ledger, key } = await failedImport();
  const [again] = await batches.register('b', manifestImages(1), AT);
  expect(again?.kind).toBe('failed');
  expect((await ledger.read(key))?.attempt).toBe(1);
});

test('a cancel that was killed half-way is brought to its end by the next worker', async () => {
  const { ledger, key, batches } = await oneImport();
  expect(await ledger.decline(key, 'b')).toBe(true);
  const deps = { ...(await workerDeps(server, {})), ledger, batches };
  const admitted = new AdmissionGate(deps, { count: 0, after: async () => undefined }, async () => {
    await Promise.resolve();
  });
  await submitImport(deps, admitted, key);
  await deps.queues.close();
  expect((await ledger.read(key))?.state.status).toBe('cancelled');
});
