import { beforeEach, describe, expect, test } from 'vitest';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { createHealer } from '../../src/worker/maintenance/heal.ts';
import { buildIndex } from '../../src/worker/maintenance/maintenance.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { manifestImages } from '../support/images.ts';
import { HOLDER } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const AT = { now: 1000, due: 9e12 };
const PREFIX = '{imsferry:worker-test}:';
const IDS = ['i0', 'i1', 'i2'];

let deps: WorkerDeps;
let keys: readonly string[];

async function admit(key = '') {
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const limits = { maxInFlight: 100, gapMs: 0, seenGeneration: 0, sender: 'w' };
  return deps.ledger.admit(entry, { ...AT, ...limits, submittedAt: 1000, budgetMs: 1000 });
}

async function change(key = '', event: (of: string) => ImportEvent) {
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  return deps.ledger.change(key, event(stateVersion(entry)), AT);
}

/** Three with an image each, one that may have left one, and one that waits. */
beforeEach(async () => {
  deps = await workerDeps(redis, {});
  await deps.project.bind('p'.repeat(32));
  await deps.project.claim.take('p'.repeat(32));
  await deps.batches.register('b', manifestImages(5), AT);
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  keys = await deps.batches.members('b', 0, 10);
  for (const [at, imageId] of IDS.entries()) {
    expect((await admit(keys[at])).kind).toBe('admitted');
    await change(keys[at], () => ({ type: 'accepted', epoch: 1, jobId: imageId, at: 1000 }));
    await change(keys[at], (of) => ({ type: 'succeeded', of, imageId, otherImageIds: [] }));
  }
  const reason = { code: 'X', message: 'x' };
  expect((await admit(keys[3])).kind).toBe('admitted');
  await change(keys[3], () => ({ type: 'unclear', epoch: 1, reason, at: 1000 }));
  await change(keys[3], (of) => ({ type: 'not-found', of, verdict: 'resubmit', at: 1000 }));
});

async function ownerKeys(): Promise<string[]> {
  return redis.client.keys(`${PREFIX}owners:*`);
}

async function expectIndex(): Promise<void> {
  const owners = await deps.ledger.owners.of(IDS);
  expect(Object.fromEntries(owners)).toEqual(Object.fromEntries(IDS.map((id, n) => [id, keys[n]])));
  expect(await redis.client.smembers(`${PREFIX}unowned`)).toEqual([keys[3]]);
}

async function expectBuiltAgain(): Promise<void> {
  expect(await deps.ledger.owners.isComplete()).toBe(false);
  expect(await admit(keys[4])).toEqual({ kind: 'index' });
  await buildIndex(deps);
  await expectIndex();
  expect((await admit(keys[4])).kind).toBe('admitted');
}

const overwritten = (name: string) => redis.client.set(name, 'x');

describe('the index of images', () => {
  test('that is as it has to be is left alone', async () => {
    expect(await deps.guard.healer.checkTypes()).toEqual([]);
    await createHealer(deps)();
    expect(await deps.guard.healer.repairs()).toEqual([]);
    expect(await deps.ledger.owners.isComplete()).toBe(true);
    await expectIndex();
  });

  test.each([
    { what: 'one of its hashes removed', harm: (name: string) => redis.client.del(name) },
    { what: 'one of its hashes overwritten', harm: overwritten },
    { what: 'unowned removed', harm: () => redis.client.del(`${PREFIX}unowned`) },
    { what: 'unowned overwritten', harm: () => overwritten(`${PREFIX}unowned`) },
    { what: 'all of it removed', harm: async () => redis.client.del(...(await ownerKeys())) },
  ])('$what: creates wait until it is built again', async ({ harm }) => {
    const [name = ''] = await ownerKeys();
    await harm(name);
    expect(await deps.guard.healer.checkTypes()).not.toEqual([]);
    await expectBuiltAgain();
    expect(await deps.guard.healer.checkTypes()).toEqual([]);
  });

  test('one image of it removed by hand is noticed when its batch is counted again', async () => {
    const [id = ''] = IDS;
    for (const name of await ownerKeys()) await redis.client.hdel(name, id);
    await createHealer(deps)();
    expect(await deps.guard.healer.repairs()).toMatchObject([
      { batch: 'b', repaired: { owner: 1 } },
    ]);
    await expectBuiltAgain();
  });

  test('is built again when meta was removed, which recorded whether it was complete', async () => {
    await redis.client.del(`${PREFIX}meta`);
    await createHealer(deps)();
    expect(await deps.ledger.owners.isComplete()).toBe(false);
    await buildIndex(deps);
    await expectIndex();
    expect(await deps.ledger.owners.isComplete()).toBe(true);
  });

  test('is built although one import is of another type', async () => {
    await overwritten(deps.ledger.keys.import(keys[4] ?? ''));
    await deps.guard.healer.invalidateIndex();
    await buildIndex(deps);
    expect(await deps.ledger.owners.isComplete()).toBe(true);
    await expectIndex();
  });

  test('of a ledger that a newer version has written is not judged, nor are its keys', async () => {
    await redis.client.hset(`${PREFIX}meta`, 'schema', '99');
    await redis.client.set(`${PREFIX}unowned`, 'x');
    expect(await deps.guard.healer.checkTypes()).toEqual([]);
    expect(await redis.client.get(`${PREFIX}unowned`)).toBe('x');
  });

  test('gives an import that was lost the image back that was seen of it: it is never created', async () => {
    const [key = ''] = keys;
    await redis.client.del(deps.ledger.keys.import(key));
    await deps.batches.register('b', manifestImages(5), AT);
    await deps.guard.trust();
    await deps.guard.report(HOLDER);
    await deps.guard.scanned(await deps.guard.beginScan());
    const entry = await deps.ledger.read(key);
    expect(entry).toMatchObject({ state: { status: 'pending' }, seenImageIds: ['i0'] });
    expect((await admit(key)).kind).toBe('moved');
    expect((await deps.ledger.owners.of(IDS)).get('i0')).toBe(key);
  });

  test('an import that is lost may own any image without a marker; one that came back may, too', async () => {
    const [key = '', , , , waits = ''] = keys;
    await redis.client.del(deps.ledger.keys.import(waits), deps.ledger.keys.import(key));
    for (const name of await ownerKeys()) await redis.client.hdel(name, 'i0');
    await createHealer(deps)();
    await buildIndex(deps);
    const entry = await deps.ledger.read(keys[1] ?? '');
    if (!entry) throw new Error('not there');
    expect((await deps.ledger.owners.about(entry, [])).isComplete).toBe(false);
    await deps.batches.register('b', manifestImages(5), AT);
    expect((await deps.ledger.owners.about(entry, [])).isComplete).toBe(true);
    const left = await redis.client.smembers(`${PREFIX}unowned`);
    expect(new Set(left)).toEqual(new Set([key, keys[3], waits]));
  });
});
