import { beforeEach, describe, expect, test } from 'vitest';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { changeMembers } from '../../src/shared/image/more-members.ts';
import { NOT_BEGUN, type Sharing } from '../../src/shared/image/sharing.ts';
import { type Difference, stateVersion } from '../../src/shared/state/import-state.ts';
import { imageRequest, manifestImages } from '../support/images.ts';
import { AT, HOLDER, INTENT, KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const PROJECT = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const DIFFERENCE: Difference = { field: 'min_disk', wanted: '40', is: '50' };

let ledger: ReturnType<typeof openLedgerParts>['ledger'];
let batches: ReturnType<typeof openLedgerParts>['batches'];
let guard: ReturnType<typeof openLedgerParts>['guard'];

beforeEach(async () => {
  ({ ledger, batches, guard } = openLedgerParts(redis.client));
  await guard.report(HOLDER);
  await guard.scanned(await guard.beginScan());
});

function image(members: readonly string[], more: Partial<ImageRequest> = {}) {
  const request = imageRequest('web', {
    ...more,
    ...(members.length > 0 && { members }),
  } as Partial<ImageRequest>);
  return { request, line: 1 };
}

async function register(batch: string, members: readonly string[] = [PROJECT]) {
  const [found] = await batches.register(batch, [image(members)], AT);
  return found ?? expect.unreachable();
}

/** Imports the image of `register`. */
async function succeed(key: string, differences: readonly Difference[] = []) {
  await guard.scanned(await guard.beginScan());
  const pending = (await ledger.read(key)) ?? expect.unreachable();
  const admitted = await ledger.admit(pending, { ...INTENT, now: Date.now() + 1000 });
  if (admitted.kind !== 'admitted') return expect.unreachable(admitted.kind);
  const { epoch } = admitted.entry;
  const accepted = { type: 'accepted', epoch, jobId: 'j', at: 1 } as const;
  const answer = await ledger.change(key, accepted, AT);
  const of = stateVersion(answer.entry ?? expect.unreachable());
  const event = { type: 'succeeded', of, imageId: 'i', otherImageIds: [], differences } as const;
  expect((await ledger.change(key, event, AT)).kind).toBe('changed');
  return (await ledger.read(key)) ?? expect.unreachable();
}

async function note(key: string, sharing: Sharing, due?: number): Promise<boolean> {
  const entry = (await ledger.read(key)) ?? expect.unreachable();
  const news = { sharing, lines: ['a line'], ...(due !== undefined && { due }) };
  return ledger.sharing.note(entry, news);
}

const DONE: Sharing = {
  state: 'done',
  checks: 0,
  since: 1,
  members: { [PROJECT]: { status: 'accepted' } },
};
const FAILED: Sharing = {
  ...{ state: 'failed', checks: 0, since: 1 },
  members: { [PROJECT]: { status: 'failed', code: 'X', message: 'x' } },
};

async function heal(batch: string): Promise<readonly string[]> {
  const { repaired } = await guard.healer.recount(batch, 1);
  return Object.keys(repaired);
}

test('the step that records the image also notes that it is to be shared; others are not noted', async () => {
  const { key } = await register('b');
  expect(await ledger.sharing.count()).toBe(0);
  expect((await succeed(key)).sharing).toEqual(NOT_BEGUN);
  expect(await redis.client.zrange(KEYS.sharing, '0', '-1')).toEqual([key]);
  expect((await batches.summary('b'))?.marks?.sharing).toEqual({ open: 1, done: 0, failed: 0 });
  await redis.client.flushall();
  await guard.report(HOLDER);
  const alone = await register('c', []);
  expect((await succeed(alone.key)).sharing).toBeUndefined();
  expect(await ledger.sharing.count()).toBe(0);
  expect((await batches.summary('c'))?.marks).toBeUndefined();
});

test('an image that is not as requested is counted in each of its batches', async () => {
  const { key } = await register('b', []);
  expect((await succeed(key, [DIFFERENCE])).state).toMatchObject({ differences: [DIFFERENCE] });
  await register('c', []);
  for (const batch of ['b', 'c']) expect((await batches.summary(batch))?.marks?.differing).toBe(1);
});

test('news is written if the import is still what was read, and leaves the index at its end', async () => {
  const { key } = await register('b');
  const entry = await succeed(key);
  expect(await note(key, { ...NOT_BEGUN, checks: 1 }, 99)).toBe(true);
  expect(await ledger.sharing.note(entry, { sharing: DONE, lines: [] })).toBe(false);
  expect(await note(key, DONE)).toBe(true);
  expect(await ledger.sharing.count()).toBe(0);
  expect((await ledger.read(key))?.sharing).toEqual(DONE);
  expect((await batches.summary('b'))?.marks?.sharing).toEqual({ open: 0, done: 1, failed: 0 });
  expect((await ledger.story(key)).at(-1)?.text).toBe('a line');
});

test('a due import is taken by one worker; one that is gone leaves the index', async () => {
  const { key } = await register('b');
  await succeed(key);
  await redis.client.zadd(KEYS.sharing, 1, 'gone');
  const now = 10 ** 14;
  expect(await ledger.sharing.take(now, 10, now + 5)).toEqual([key]);
  expect(await ledger.sharing.take(now, 10, now + 5)).toEqual([]);
  expect(await redis.client.zrange(KEYS.sharing, '0', '-1')).toEqual([key]);
});

describe('the healer restores', () => {
  test('the index, from the imports', async () => {
    const { key } = await register('b');
    await succeed(key);
    await redis.client.del(KEYS.sharing);
    expect(await heal('b')).toContain('sharing');
    expect(await redis.client.zrange(KEYS.sharing, '0', '-1')).toEqual([key]);
    await note(key, DONE);
    await redis.client.zadd(KEYS.sharing, 1, key);
    expect(await heal('b')).toContain('sharing');
    expect(await ledger.sharing.count()).toBe(0);
  });

  test('the counts of a batch', async () => {
    const { key } = await register('b');
    await succeed(key, [DIFFERENCE]);
    await redis.client.hset(KEYS.batch('b'), 'x:sharing:open', '7', 'x:sharing:failed', '3');
    await redis.client.hdel(KEYS.batch('b'), 'x:differs');
    expect(await heal('b')).toContain('counts');
    const marks = { sharing: { open: 1, done: 0, failed: 0 }, differing: 1 };
    expect((await batches.summary('b'))?.marks).toEqual(marks);
    expect(await heal('b')).toEqual([]);
  });
});

test('images that move between two slices of a recount are counted once, as they are', async () => {
  const images = manifestImages(150);
  await batches.register('many', images, AT);
  const keys = await batches.members('many', 0, 150);
  const pipeline = redis.client.pipeline();
  for (const key of keys) {
    const sharing = JSON.stringify(NOT_BEGUN);
    pipeline.hset(KEYS.import(key), { state: 'succeeded', detail: '{"imageId":"i"}', sharing });
  }
  await pipeline.exec();
  for (const isLast of [false, true]) {
    expect((await guard.healer.recount('many', 1)).isLast).toBe(isLast);
  }
  expect((await batches.summary('many'))?.marks?.sharing).toEqual({
    open: 150,
    done: 0,
    failed: 0,
  });
  await redis.client.hset(KEYS.batch('many'), 'x:sharing:open', '1');
  await guard.healer.recount('many', 1);
  const [first = '', last = ''] = [keys[0], keys[149]];
  await note(first, DONE);
  await note(last, FAILED);
  await guard.healer.recount('many', 1);
  expect((await batches.summary('many'))?.marks?.sharing).toEqual({
    open: 148,
    done: 1,
    failed: 1,
  });
});

describe('a manifest that is submitted again', () => {
  test('adds projects to an image that is there, whatever else it is', async () => {
    const { key } = await register('b');
    await succeed(key);
    await note(key, DONE);
    const found = await register('b', [PROJECT, OTHER]);
    expect(found).toMatchObject({ differs: [], isShared: true, keptMembers: [] });
    expect((await ledger.read(key))?.request.members).toEqual([PROJECT, OTHER]);
    expect(await ledger.sharing.count()).toBe(1);
    // What is accepted stays so.
    expect((await ledger.read(key))?.sharing?.members).toEqual(DONE.members);
    const fewer = await register('b', [OTHER]);
    expect(fewer).toMatchObject({ differs: [], keptMembers: [PROJECT] });
    expect((await ledger.read(key))?.request.members).toEqual([PROJECT, OTHER]);
  });

  test('tries projects again that do not have the image, and leaves those alone that do', async () => {
    const { key } = await register('b');
    await succeed(key);
    await note(key, FAILED);
    expect((await register('b')).isShared).toBe(true);
    expect((await ledger.read(key))?.sharing).toEqual({ state: 'open', checks: 0, members: {} });
    await note(key, DONE);
    expect((await register('b')).isShared).toBe(false);
    expect(await ledger.sharing.count()).toBe(0);
  });

  test('adds projects to an image that is being created', async () => {
    const { key } = await register('b', []);
    await guard.scanned(await guard.beginScan());
    const pending = (await ledger.read(key)) ?? expect.unreachable();
    await ledger.admit(pending, { ...INTENT, now: Date.now() + 1000 });
    const found = await register('b', [PROJECT]);
    expect(found).toMatchObject({ kind: 'submitting', differs: [], isShared: false });
    expect((await ledger.read(key))?.request.members).toEqual([PROJECT]);
    expect(await ledger.sharing.count()).toBe(0);
  });
});

test('an image that is imported again is shared from the beginning', async () => {
  const { key } = await register('b');
  await succeed(key);
  await note(key, { ...DONE, state: 'open' }, 5);
  await ledger.change(key, { type: 'recreate', at: 1 }, AT);
  expect(await ledger.sharing.count()).toBe(0);
  expect((await ledger.read(key))?.sharing).toBeUndefined();
  expect((await batches.summary('b'))?.marks).toBeUndefined();
});

test('who accepts may change without another project', () => {
  const stored = image([PROJECT]).request;
  const wanted = { ...stored, accept_as: ['partner'] };
  expect(changeMembers(stored, wanted).request).toEqual(wanted);
  expect(changeMembers(wanted, wanted)).toEqual({ added: [], kept: [] });
  expect(changeMembers(wanted, image([]).request)).toEqual({ added: [], kept: [PROJECT] });
});
