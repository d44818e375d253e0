import { describe, expect, test } from 'vitest';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { CopyImage } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { MOST_COPIES } from '../../src/shared/ledger/scripts.ts';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { AdmissionGate } from '../../src/worker/admission.ts';
import { followImport } from '../../src/worker/follow.ts';
import { record } from '../../src/worker/record.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { submitImport } from '../../src/worker/submit.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

const GOLD = imageRequest('gold');
const SOURCE = importKey(GOLD);

function copyOf(name: string): CopyImage {
  const file = { image_url: GOLD.image_url, min_disk: 40, copy: 1, quick_import: false } as const;
  return { kind: 'copy', name, ...file, source: SOURCE, of: 'system', cmk_id: 'c' };
}

/** A source and its copies, registered and free to be admitted. */
async function registered(...names: readonly string[]) {
  return registeredWith({}, ...names);
}

async function registeredWith(ims: Partial<ImsClient>, ...names: readonly string[]) {
  const deps = await workerDeps(redis, ims);
  const now = deps.clock.now();
  const images = [GOLD, ...names.map(copyOf)].map((request, line) => ({ request, line }));
  await deps.batches.register('b', images, { now, due: now });
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const keys = names.map((name) => importKey(copyOf(name)));
  return { deps, keys, first: keys[0] ?? '' };
}

async function read({ ledger }: WorkerDeps, key: string) {
  const entry = await ledger.read(key);
  if (!entry) throw new Error('not registered');
  return entry;
}

async function becomes(deps: WorkerDeps, key: string, event: object): Promise<void> {
  const of = stateVersion(await read(deps, key));
  await record(deps, key, { event: { ...event, of, at: deps.clock.now() } as ImportEvent });
}

const submit = (deps: WorkerDeps, key: string) => {
  const wakes = { count: 0, after: async () => undefined };
  return submitImport(deps, new AdmissionGate(deps, wakes, async () => undefined), key);
};
const reason = { code: 'IMG.0072', message: 'no such format' };
const jobsOf = async ({ queues }: WorkerDeps) => {
  const jobs = await queues.submit.getJobs(['waiting', 'prioritized', 'delayed']);
  return jobs.map(({ data }) => data.key);
};

describe('a copy and its source', () => {
  test('it waits without a queue job, a place or a due time that is near', async () => {
    const { deps, first } = await registered('one');
    expect(await submit(deps, first)).toEqual({ kind: 'done' });
    expect(await deps.ledger.inFlight()).toBe(0);
    expect(await jobsOf(deps)).toEqual([]);
    const due = Number(await redis.client.zscore(deps.ledger.keys.due, first));
    expect(due - deps.clock.now()).toBeGreaterThan(10 * deps.config.lockMs);
  });

  test('it is enqueued by the success of its source', async () => {
    const { deps, first, keys } = await registered('one', 'two');
    expect((await read(deps, SOURCE)).copies).toEqual(keys);
    await becomes(deps, SOURCE, { type: 'found', image: { id: 'i', status: 'active' } });
    expect(new Set(await jobsOf(deps))).toEqual(new Set(keys));
    expect((await read(deps, first)).queued).toBe(1);
  });

  test('it fails with its source, and starts again with it', async () => {
    const { deps, first } = await registered('one');
    const entry = await read(deps, SOURCE);
    await deps.ledger.admit(entry, INTENT);
    await becomes(deps, SOURCE, { type: 'refused', epoch: 1, reason });
    expect(await jobsOf(deps)).toEqual([first]);
    expect(await submit(deps, first)).toMatchObject({ kind: 'failed' });
    expect((await read(deps, first)).state).toMatchObject({
      ...{ status: 'failed' },
      reason: {
        code: 'SOURCE_FAILED',
        message: 'its source failed: IMG.0072: no such format',
      },
    });
    await becomes(deps, SOURCE, { type: 'found', image: { id: 'i', status: 'active' } });
    expect((await read(deps, first)).state.status).toBe('pending');
  });

  test('it is held when its source fails while an earlier create may have left an image', async () => {
    const { deps, first } = await registered('one');
    await becomes(deps, first, { type: 'seen', imageIds: ['maybe'] });
    await becomes(deps, SOURCE, { type: 'cancel' });
    expect(await submit(deps, first)).toEqual({ kind: 'done' });
    expect((await read(deps, first)).state).toMatchObject({
      ...{ status: 'unknown', held: true, imageIds: ['maybe'] },
      reason: { code: 'SOURCE_FAILED', message: 'its source was cancelled' },
    });
  });

  test('a success that was about to be recorded when it was registered wakes it as well', async () => {
    const { deps } = await registered();
    const seen = await read(deps, SOURCE);
    const now = deps.clock.now();
    await deps.batches.register('b', [{ request: copyOf('late'), line: 1 }], { now, due: now });
    const image = { id: 'i', status: 'active' };
    const event = { type: 'found', image, of: stateVersion(seen), at: now } as const;
    await record(deps, SOURCE, { event, seen });
    expect(await jobsOf(deps)).toEqual([importKey(copyOf('late'))]);
  });

  test('one that is missing from the ledger is waited for', async () => {
    const { deps, first } = await registered('one');
    await redis.client.del(deps.ledger.keys.import(SOURCE));
    expect(await submit(deps, first)).toEqual({ kind: 'done' });
    expect((await read(deps, first)).state.status).toBe('pending');
  });
});

test('at most five copies are in flight; the next waits in the crowd until one of them has ended', async () => {
  const names = Array.from({ length: MOST_COPIES + 2 }, (_, at) => `copy-${at}`);
  const { deps, keys } = await registered(...names);
  const admit = async (key: string) => {
    const intent = { ...INTENT, copiedFrom: 'image-of-gold' };
    return (await deps.ledger.admit(await read(deps, key), intent)).kind;
  };
  const admitted: string[] = [];
  for (const key of keys) admitted.push(await admit(key));
  expect(admitted).toEqual([...Array(MOST_COPIES).fill('admitted'), 'crowded', 'crowded']);
  const [first = '', ...others] = keys;
  const [sixth = '', seventh = ''] = others.slice(MOST_COPIES - 1);
  expect((await read(deps, first)).copiedFrom).toBe('image-of-gold');
  // An import is not held up by them.
  expect(await admit(SOURCE)).toBe('admitted');
  // One that was cancelled meanwhile is passed over.
  const [before = ''] = await redis.client.zrange(deps.ledger.keys.crowd, '0', '0');
  await becomes(deps, before, { type: 'cancel' });
  await becomes(deps, first, { type: 'refused', epoch: 1, reason });
  expect(await jobsOf(deps)).toEqual([before === sixth ? seventh : sixth]);
  expect(await redis.client.zcard(deps.ledger.keys.crowd)).toBe(0);
});

test('an IMS job that names the image that is copied does not make it the image of the copy', async () => {
  const id = { id: 'job', imageId: 'gold-id', otherImageIds: [] } as const;
  const value = { ...id, status: 'RUNNING', statusWord: 'RUNNING' } as const;
  const { deps, first } = await registeredWith({ job: async () => ({ kind: 'ok', value }) }, 'one');
  await becomes(deps, SOURCE, { type: 'found', image: { id: 'gold-id', status: 'active' } });
  await deps.ledger.admit(await read(deps, first), { ...INTENT, copiedFrom: 'gold-id' });
  await becomes(deps, first, { type: 'accepted', epoch: 1, jobId: 'job' });
  await followImport(deps, first);
  const { state, seenImageIds } = await read(deps, first);
  expect(state).toMatchObject({ status: 'creating', polledAt: expect.any(Number) });
  expect(seenImageIds).toEqual([]);
});
