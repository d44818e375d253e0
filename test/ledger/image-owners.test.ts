import { describe, expect, test } from 'vitest';
import type { ImportEvent } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';
import {
  AT,
  admitted,
  KEYS,
  type RegisteredParts,
  readAs,
  registered,
} from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const reason = { code: 'TIMEOUT', message: 'no answer' };

/** Imports whose creates got no answer. */
async function unknowns(count: number): Promise<RegisteredParts> {
  const parts = await registered(server.client, count);
  for (const [index, key] of parts.members.entries()) {
    await admitted(parts, index);
    await parts.ledger.change(key, { type: 'unclear', epoch: 1, reason, at: 1 }, AT);
  }
  return parts;
}

async function found(parts: RegisteredParts, index: number, id: string) {
  const key = parts.members[index] ?? '';
  const of = await readAs(parts, key);
  return parts.ledger.change(
    key,
    { type: 'found', of, image: { id, status: 'saving' }, at: 2 },
    AT,
  );
}

describe('an image belongs to one import', () => {
  test('the second that finds it is refused, and nothing of it is changed', async () => {
    const parts = await unknowns(2);
    expect((await found(parts, 0, 'I')).kind).toBe('changed');
    const before = await server.client.hgetall(KEYS.import(parts.members[1] ?? ''));
    const second = await found(parts, 1, 'I');
    expect(second).toMatchObject({ kind: 'taken', imageId: 'I', owner: parts.members[0] });
    expect(await server.client.hgetall(KEYS.import(parts.members[1] ?? ''))).toEqual(before);
  });

  test('of twenty that find it at the same moment one gets it', async () => {
    const parts = await unknowns(20);
    const all = await Promise.all(parts.members.map((_, index) => found(parts, index, 'I')));
    expect(all.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
  });

  test.each<{ what: string; event: ImportEvent }>([
    {
      what: 'a poll',
      event: { type: 'polled', of: '', at: 3, overdue: false, lost: false, imageId: 'I' },
    },
    { what: 'SUCCESS', event: { type: 'succeeded', of: '', imageId: 'I', otherImageIds: [] } },
    {
      what: 'a disk that comes along',
      event: { type: 'succeeded', of: '', imageId: 'J', otherImageIds: ['I'] },
    },
  ])("whatever names it: $what does not get another import's", async ({ event }) => {
    const parts = await unknowns(2);
    await found(parts, 0, 'I');
    const key = parts.members[1] ?? '';
    await parts.ledger.change(key, { type: 'accepted', epoch: 1, jobId: 'J1', at: 2 }, AT);
    const of = await readAs(parts, key);
    const answer = await parts.ledger.change(key, { ...event, of } as ImportEvent, AT);
    expect(answer).toMatchObject({ kind: 'taken', imageId: 'I' });
  });

  test('one that only seems to be its own is checked again when it becomes its own', async () => {
    const parts = await unknowns(2);
    await found(parts, 0, 'I');
    const key = parts.members[1] ?? '';
    const sighted = await parts.ledger.change(key, { type: 'seen', imageIds: ['I'] }, AT);
    expect(sighted).toMatchObject({ kind: 'changed', entry: { seenImageIds: ['I'] } });
    expect((await found(parts, 1, 'I')).kind).toBe('taken');
  });

  test('one that turns out to be of another import is given back', async () => {
    const parts = await unknowns(2);
    await found(parts, 0, 'I');
    const key = parts.members[0] ?? '';
    const of = await readAs(parts, key);
    const lost = { type: 'lost', of, reason, at: 3, hold: false, disowned: 'I' } as const;
    expect(await parts.ledger.change(key, lost, AT)).toMatchObject({ entry: { seenImageIds: [] } });
    expect((await found(parts, 1, 'I')).kind).toBe('changed');
  });
});

test('what a list showed moves nothing: neither the due time nor the outcome', async () => {
  const parts = await unknowns(1);
  const key = parts.members[0] ?? '';
  const due = await server.client.zscore(KEYS.due, key);
  await parts.ledger.change(key, { type: 'seen', imageIds: ['I'] }, { now: 9, due: 99_999 });
  expect(await server.client.zscore(KEYS.due, key)).toBe(due);
  expect(await parts.ledger.owners.of(['I'])).toEqual(new Map([['I', key]]));
});

test('rivals are what may have an image that nobody knows, of any batch, for as long as it has none', async () => {
  const duplicate = (copy: number) => ({
    request: imageRequest('duplicate', { copy }),
    line: copy,
  });
  const parts = await registered(server.client, 0);
  await parts.batches.register('b', [duplicate(1), duplicate(2), duplicate(3)], AT);
  await parts.batches.register('other', [duplicate(4)], AT);
  await parts.guard.scanned(await parts.guard.beginScan());
  const members = [
    ...(await parts.batches.members('b', 0, 9)),
    ...(await parts.batches.members('other', 0, 9)),
  ];
  const all = { ...parts, members };
  for (const index of [0, 1, 3]) await admitted(all, index);
  const rivals = async () => {
    const entry = await parts.ledger.read(members[0] ?? '');
    if (!entry) throw new Error('not registered');
    const { rivals: found_ } = await parts.ledger.owners.about(entry, []);
    return found_.map(({ request }) => request.copy).toSorted((a, b) => a - b);
  };
  expect(await rivals()).toEqual([2, 4]);
  const key = members[1] ?? '';
  await parts.ledger.change(key, { type: 'unclear', epoch: 1, reason, at: 1 }, AT);
  const of = await readAs(all, key);
  const again = { type: 'not-found', of, verdict: 'resubmit', at: 5 } as const;
  await parts.ledger.change(key, again, AT);
  expect(await rivals()).toEqual([2, 4]);
  expect((await found(all, 1, 'I')).kind).toBe('changed');
  const done = { type: 'succeeded', of: await readAs(all, key), imageId: 'I', otherImageIds: [] };
  await parts.ledger.change(key, done as ImportEvent, AT);
  expect(await rivals()).toEqual([4]);
});
