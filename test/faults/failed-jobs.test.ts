import { describe, expect, test } from 'vitest';
import type { ImsClient, ImsImage, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { checkGone } from '../../src/worker/before-create.ts';
import { followImport } from '../../src/worker/follow.ts';
import { record } from '../../src/worker/record.ts';
import { SharedLookUps } from '../../src/worker/shared-look-ups.ts';
import { Step, type WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

/** What the cloud has: images that the list shows, images that reads by id know. */
interface Cloud {
  listed: readonly ImsImage[] | 'refused' | 'troubled';
  known: readonly ImsImage[];
  /** In the words of the IMS job. */
  imageId?: string;
}

const REFUSED = {
  kind: 'failed',
  throttled: false,
  code: 'IMG.0026',
  message: 'no right',
} as const;
const TROUBLED = { kind: 'failed', throttled: false, code: 'HTTP_500', message: 'oops' } as const;
const NONE = { kind: 'not-found', code: 'HTTP_404', message: 'none' } as const;

interface Calls {
  lists: number;
}

function imsOf(cloud: Cloud, calls: Calls): Pick<ImsClient, 'job' | 'image' | 'images'> {
  return {
    job: async (id) => ({
      kind: 'ok',
      value: {
        id,
        status: 'FAIL',
        statusWord: 'FAIL',
        otherImageIds: [],
        error: { code: 'IMG.0062', message: 'broken' },
        ...(cloud.imageId === undefined ? {} : { imageId: cloud.imageId }),
      },
    }),
    image: async (id) => {
      const value = cloud.known.find((image) => image.id === id);
      return value ? { kind: 'ok', value } : NONE;
    },
    images: async ({ id }): Promise<ReadAnswer<readonly ImsImage[]>> => {
      calls.lists += 1;
      if (cloud.listed === 'refused') return REFUSED;
      if (cloud.listed === 'troubled') return TROUBLED;
      return { kind: 'ok', value: cloud.listed.filter((image) => (id ?? image.id) === image.id) };
    },
  };
}

/** Imports that IMS has accepted, each with an IMS job. */
async function creating(deps: WorkerDeps, names: readonly string[]): Promise<LedgerEntry[]> {
  const now = deps.clock.now();
  const images = names.map((name, index) => ({ request: imageRequest(name), line: index + 1 }));
  await deps.batches.register('b', images, { now, due: now });
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const entries: LedgerEntry[] = [];
  for (const key of await deps.batches.members('b', 0, names.length)) {
    const entry = await deps.ledger.read(key);
    if (!entry) throw new Error('not registered');
    const admitted = await deps.ledger.admit(entry, { ...INTENT, now });
    if (admitted.kind !== 'admitted') throw new Error(admitted.kind);
    const accepted = { type: 'accepted', epoch: 1, jobId: `J-${key}`, at: now } as const;
    await record(deps, key, { event: accepted });
    entries.push(admitted.entry);
  }
  return entries;
}

async function afterFail(cloud: Cloud, polls = 1): Promise<ImportState | undefined> {
  const deps = await workerDeps(redis, imsOf(cloud, { lists: 0 }));
  const [entry] = await creating(deps, ['one']);
  const key = entry?.key ?? '';
  for (let poll = 0; poll < polls; poll += 1) await followImport(deps, key);
  await deps.queues.close();
  return (await deps.ledger.read(key))?.state;
}

const active = markedImage('one');
const saving = markedImage('one', { status: 'saving' });
const odd = markedImage('one', { status: 'importing' });
const killed = markedImage('one', { status: 'killed' });
const other = markedImage('other', { id: active.id });

describe('an IMS job with status FAIL', () => {
  test.each([
    { what: 'no image', cloud: { listed: [], known: [] }, status: 'failed' },
    { what: 'a killed one', cloud: { listed: [killed], known: [killed] }, status: 'failed' },
    {
      what: "another import's marker on the one that it names",
      cloud: { listed: [other], known: [other], imageId: active.id },
      status: 'failed',
    },
  ])('is believed where there is $what', async ({ cloud, status }) => {
    const state = await afterFail(cloud);
    expect(state).toMatchObject({ status, reason: { code: 'IMG.0062' } });
  });

  test("leaves an image with another import's marker to that one", async () => {
    const state = await afterFail({ listed: [other], known: [other], imageId: active.id });
    expect(state).not.toHaveProperty('imageId');
    expect(await redis.client.keys('*:owners:*')).toEqual([]);
  });

  test('is believed for a named image that is nowhere only after several checks in a row', async () => {
    const cloud = { listed: [], known: [], imageId: active.id };
    expect(await afterFail(cloud, 4)).toMatchObject({ status: 'creating', lostReads: 4 });
    await redis.client.flushall();
    const state = await afterFail(cloud, 5);
    expect(state).toMatchObject({ status: 'failed', reason: { code: 'IMG.0062' } });
  });

  test.each([
    { what: 'a list had shown', isListed: true },
    { what: 'only it has named', isListed: false },
  ])(
    'leaves a hidden image known that $what: a retry finds it, and creates none beside it',
    async ({ isListed }) => {
      const cloud: Cloud = { listed: [], known: [], imageId: active.id };
      const deps = await workerDeps(redis, imsOf(cloud, { lists: 0 }));
      const [entry] = await creating(deps, ['one']);
      const key = entry?.key ?? '';
      const sighted = { type: 'seen', imageIds: [active.id] } as const;
      if (isListed) await record(deps, key, { event: sighted });
      for (let poll = 0; poll < 5; poll += 1) await followImport(deps, key);
      expect((await deps.ledger.read(key))?.state.status).toBe('failed');
      await record(deps, key, { event: { type: 'retry', at: deps.clock.now() } });
      const retried = await deps.ledger.read(key);
      expect(retried?.state).toMatchObject({ status: 'pending', replaces: [active.id] });
      expect(retried && (await deps.ledger.admit(retried, { ...INTENT, now: 0 })).kind).toBe(
        'moved',
      );
      Object.assign(cloud, { listed: [active], known: [active] });
      if (retried) await checkGone(new Step(deps, retried));
      expect((await deps.ledger.read(key))?.state).toMatchObject({ imageId: active.id });
      await deps.queues.close();
    },
  );

  test.each([
    { what: 'listed, not named', cloud: { listed: [active], known: [] } },
    {
      what: 'read by the id that it names',
      cloud: { listed: [], known: [active], imageId: active.id },
    },
    {
      what: 'listed only, by the id that it names',
      cloud: { listed: [active], known: [], imageId: active.id },
    },
  ])('is contradicted by an active image: $what', async ({ cloud }) => {
    const state = await afterFail(cloud);
    expect(state).toMatchObject({
      status: 'unknown',
      held: true,
      reason: { code: 'CONTRADICTION' },
    });
    expect(state).toMatchObject({ imageIds: [active.id] });
  });

  test.each([
    { what: 'being saved', image: saving },
    { what: 'in a status that nobody documented', image: odd },
  ])('is followed while an image of it is $what', async ({ image }) => {
    const state = await afterFail({ listed: [image], known: [] });
    expect(state).toMatchObject({ status: 'creating', imageId: image.id });
  });

  test('and its image ends as IMS makes it end', async () => {
    const cloud: Cloud = { listed: [saving], known: [saving] };
    const deps = await workerDeps(redis, imsOf(cloud, { lists: 0 }));
    const [entry] = await creating(deps, ['one']);
    const key = entry?.key ?? '';
    await followImport(deps, key);
    Object.assign(cloud, { listed: [killed], known: [killed] });
    await followImport(deps, key);
    expect((await deps.ledger.read(key))?.state).toMatchObject({
      status: 'failed',
      imageId: saving.id,
    });
    await deps.queues.close();
  });

  test('is held where something other than IMS answers for a named image that is not listed, again and again', async () => {
    const cloud = { listed: [], known: [], imageId: active.id };
    const page = { kind: 'failed', throttled: false, foreign: true } as const;
    const reading = async () => ({ ...page, code: 'HTTP_403', message: 'a page' });
    const deps = await workerDeps(redis, { ...imsOf(cloud, { lists: 0 }), image: reading });
    const [entry] = await creating(deps, ['one']);
    const key = entry?.key ?? '';
    for (let poll = 0; poll < 29; poll += 1) await followImport(deps, key);
    expect((await deps.ledger.read(key))?.state).toMatchObject({ status: 'creating' });
    await followImport(deps, key);
    const reason = { code: 'IMAGE_UNREADABLE' };
    expect((await deps.ledger.read(key))?.state).toMatchObject({ held: true, reason });
    await deps.queues.close();
  });

  test('two images of it that live are a double', async () => {
    const second = markedImage('one', { id: 'second', status: 'saving' });
    const state = await afterFail({ listed: [saving, second], known: [] });
    expect(state).toMatchObject({ held: true, imageIds: [saving.id, 'second'] });
  });

  test('proves nothing yet where the list cannot be read; a missing right is reported', async () => {
    expect(await afterFail({ listed: 'troubled', known: [] })).toMatchObject({
      status: 'creating',
    });
    await redis.client.flushall();
    const refused: Cloud = { listed: 'refused', known: [] };
    expect(await afterFail(refused, 4)).toMatchObject({ status: 'creating' });
    await redis.client.flushall();
    const held = await afterFail(refused, 5);
    expect(held).toMatchObject({
      status: 'unknown',
      held: true,
      reason: { code: 'LOOK_UP_REFUSED' },
    });
    expect(JSON.stringify(held)).toContain('IMG.0062');
  });
});

test('imports that fail together share one list', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `image-${index}`);
  const calls = { lists: 0 };
  const ims = imsOf({ listed: [], known: [] }, calls);
  const allGathered = Promise.withResolvers<void>();
  const deps = await workerDeps(redis, {
    ...ims,
    images: async (filter) => {
      await allGathered.promise;
      return ims.images(filter);
    },
  });
  let gathered = 0;
  const lookUps = new SharedLookUps();
  const find: SharedLookUps['find'] = (given, entry) => {
    const found = lookUps.find(given, entry);
    gathered += 1;
    if (gathered === names.length) allGathered.resolve();
    return found;
  };
  const entries = await creating(deps, names);
  const sharing = { ...deps, lookUps: { find } };
  await Promise.all(entries.map(({ key }) => followImport(sharing, key)));
  for (const { key } of entries) {
    expect((await deps.ledger.read(key))?.state.status).toBe('failed');
  }
  // The first look-up has nobody to share with, so it lists twice; the others share one list.
  expect(calls.lists).toBe(3);
  await deps.queues.close();
});
