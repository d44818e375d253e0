import { describe, expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { imageRequest, manifestImages } from '../support/images.ts';
import {
  AT,
  admitted,
  INTENT,
  KEYS as keys,
  openLedgerParts,
  readAs,
  registered as register,
} from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const registered = (count: number, batch?: string) => register(server.client, count, batch);
const open = () => openLedgerParts(server.client);

describe('registering', () => {
  test('the same batch again changes nothing and counts nothing twice', async () => {
    const { batches } = open();
    const first = await batches.register('b', manifestImages(3), AT);
    const second = await batches.register('b', manifestImages(3), AT);
    expect(first.map(({ kind }) => kind)).toEqual(['new', 'new', 'new']);
    expect(second.map(({ kind }) => kind)).toEqual(['pending', 'pending', 'pending']);
    expect((await batches.summary('b'))?.counts).toMatchObject({ pending: 3 });
  });

  test('an import of two batches is one import, counted in each', async () => {
    const { batches, ledger } = open();
    await batches.register('one', manifestImages(1), AT);
    await batches.register('two', manifestImages(1), AT);
    const key = importKey(imageRequest('image-1'));
    expect((await ledger.read(key))?.batches).toEqual(['one', 'two']);
    await ledger.change(key, { type: 'cancel' }, AT);
    for (const batch of ['one', 'two']) {
      expect((await batches.summary(batch))?.counts).toMatchObject({ pending: 0, cancelled: 1 });
    }
  });

  test('a changed request of a pending import is taken over', async () => {
    const { batches, ledger } = open();
    await batches.register('b', manifestImages(1), AT);
    const request = imageRequest('image-1', { min_disk: 80 });
    const [again] = await batches.register('b', [{ request, line: 1 }], AT);
    expect(again).toMatchObject({ kind: 'pending', differs: ['min_disk'] });
    expect((await ledger.read(again?.key ?? ''))?.request.min_disk).toBe(80);
  });

  test('a changed request of a running import is reported, not taken over', async () => {
    const parts = await registered(1);
    await admitted(parts, 0);
    const request = imageRequest('image-1', { min_disk: 80 });
    const [again] = await parts.batches.register('b', [{ request, line: 1 }], AT);
    expect(again).toMatchObject({ kind: 'submitting', differs: ['min_disk'] });
    expect((await parts.ledger.read(parts.members[0] ?? ''))?.request.min_disk).toBe(40);
  });
});

describe('admission', () => {
  test('never lets more in than there are places, whoever asks', async () => {
    const parts = await registered(20);
    const entries = await parts.ledger.readMany(parts.members);
    const answers = await Promise.all(
      entries.map((entry) => parts.ledger.admit(entry, { ...INTENT, maxInFlight: 7 })),
    );
    expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(7);
    expect(answers.filter(({ kind }) => kind === 'full')).toHaveLength(13);
    expect(await parts.ledger.inFlight()).toBe(7);
  });

  test('one import is admitted once, however many try', async () => {
    const parts = await registered(1);
    const [entry] = await parts.ledger.readMany(parts.members);
    if (!entry) throw new Error('not registered');
    const tries = ['w.a', 'w.b', 'w.c', 'w.d'].map((sender) =>
      parts.ledger.admit(entry, { ...INTENT, sender }),
    );
    const kinds = (await Promise.all(tries)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'admitted')).toHaveLength(1);
  });

  test('a sender whose answer from Redis was lost may ask again', async () => {
    const parts = await registered(1);
    expect((await admitted(parts, 0)).kind).toBe('admitted');
    const entry = await parts.ledger.read(parts.members[0] ?? '');
    if (!entry) throw new Error('not registered');
    const pending = { ...entry, state: { status: 'pending' }, epoch: 0 } as const;
    expect((await parts.ledger.admit(pending, INTENT)).kind).toBe('admitted');
    expect((await parts.ledger.read(entry.key))?.epoch).toBe(1);
  });

  test('is closed by a stop and by a cool-down', async () => {
    const parts = await registered(3);
    await parts.project.coolDown('submit', 60_000);
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'cooldown' });
    await server.client.del(keys.cooldown('submit'));
    await parts.project.stop({ reason: 'quota', code: 'IMG.0015', message: 'full', at: 1 });
    expect(await admitted(parts, 0)).toEqual({ kind: 'stopped' });
    await parts.project.resume();
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
  });

  test('is not closed by what is left of a stop that was lifted while its quota was read', async () => {
    const parts = await registered(2);
    await parts.project.stop({ reason: 'quota', code: 'IMG.0015', message: 'full', at: 1 });
    await parts.project.resume();
    await parts.project.setFree(99);
    expect(await server.client.exists(keys.stop)).toBe(0);
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
    // As an older version may have left it.
    await server.client.hset(keys.stop, 'free', 99);
    expect(await admitted(parts, 1)).toMatchObject({ kind: 'admitted' });
  });

  test('lets no more creates leave in any minute than the rate, a quarter of a second apart', async () => {
    const parts = await registered(5);
    const entries = await parts.ledger.readMany(parts.members);
    const at = async (now: number, which: number): Promise<unknown> => {
      const entry = entries[which];
      if (!entry) throw new Error('not registered');
      const answer = await parts.ledger.admit(entry, { ...INTENT, gapMs: 20_000, now });
      return 'waitMs' in answer ? answer.waitMs : answer.kind;
    };
    expect(await at(1000, 0)).toBe('admitted');
    expect(await at(1100, 1)).toBe(150);
    expect(await at(1250, 1)).toBe('admitted');
    expect(await at(1500, 2)).toBe('admitted');
    expect(await at(2000, 3)).toBe(59_000);
    expect(await at(61_000, 3)).toBe('admitted');
    expect(await at(61_100, 4)).toBe(150);
    expect(await at(61_249, 4)).toBe(1);
    // A clock that was set back by more than that holds nobody up.
    expect(await at(100, 4)).toBe('admitted');
  });
});

describe('changes', () => {
  test('places are derived from states: every way out of them frees one', async () => {
    const parts = await registered(3);
    for (const index of [0, 1, 2]) await admitted(parts, index);
    const reason = { code: 'X', message: 'x' };
    const [refused, unknown, accepted] = parts.members as [string, string, string];
    await parts.ledger.change(refused, { type: 'refused', epoch: 1, reason, at: 1 }, AT);
    expect(await parts.ledger.inFlight()).toBe(2);
    await parts.ledger.change(unknown, { type: 'unclear', epoch: 1, reason, at: 1 }, AT);
    expect(await parts.ledger.inFlight()).toBe(2);
    const held = {
      type: 'not-found',
      of: await readAs(parts, unknown),
      verdict: 'hold',
      at: 1,
    } as const;
    await parts.ledger.change(unknown, held, AT);
    expect(await parts.ledger.inFlight()).toBe(1);
    const event = { type: 'accepted', epoch: 1, jobId: 'j', at: 1 } as const;
    await parts.ledger.change(accepted, event, AT);
    const of = await readAs(parts, accepted);
    const done = { type: 'succeeded', of, imageId: 'i', otherImageIds: [] } as const;
    const answer = await parts.ledger.change(accepted, done, AT);
    expect(await parts.ledger.inFlight()).toBe(0);
    expect(answer).toMatchObject({ kind: 'changed', finished: ['b'] });
    expect((await parts.batches.summary('b'))?.counts).toMatchObject({
      failed: 1,
      unknown: 1,
      held: 1,
      succeeded: 1,
      pending: 0,
    });
  });

  test('of many at once each is applied to what the one before it left', async () => {
    const parts = await registered(1);
    await admitted(parts, 0);
    const key = parts.members[0] ?? '';
    const late = Array.from({ length: 10 }, (_, index) =>
      parts.ledger.change(key, { type: 'accepted', epoch: 1, jobId: `j${index}`, at: 1 }, AT),
    );
    await Promise.all(late);
    const entry = await parts.ledger.read(key);
    expect(entry?.state.status).toBe('creating');
    expect(entry?.lateJobIds).toHaveLength(9);
    expect((await parts.batches.summary('b'))?.counts).toMatchObject({ creating: 1, pending: 0 });
  });

  test('a settled import is due no more, an overdue one is taken by one sweeper only', async () => {
    const parts = await registered(2);
    await parts.ledger.change(parts.members[0] ?? '', { type: 'cancel' }, AT);
    const until = 9000;
    const both = await Promise.all([
      parts.ledger.sweep(6000, 10, until),
      parts.ledger.sweep(6000, 10, until),
    ]);
    expect(both.flat()).toEqual([parts.members[1]]);
  });

  test('a namespace that is bound to a project refuses another one', async () => {
    const { project } = open();
    await project.bind('p1');
    await project.bind('p1');
    await expect(project.bind('p2')).rejects.toThrow('belongs to project p1');
    await server.client.hset(keys.meta, 'schema', 99);
    await expect(project.bind('p1')).rejects.toThrow('schema 99');
  });
});
