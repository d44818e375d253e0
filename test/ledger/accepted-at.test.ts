import { expect, test } from 'vitest';
import type { ImportEvent } from '../../src/shared/state/import-state.ts';
import { AT, admitted, readAs, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

async function submitting() {
  const parts = await registered(server.client, 1);
  const key = parts.members[0] ?? '';
  await admitted(parts, 0);
  const change = (event: ImportEvent) => parts.ledger.change(key, event, AT);
  const of = () => readAs(parts, key);
  const acceptedAt = async () => (await parts.ledger.read(key))?.acceptedAt;
  return { parts, change, of, acceptedAt };
}

const ACCEPTED = { type: 'accepted', epoch: 1, at: 1234, jobId: 'job-1' } as const;
const FAILED = { type: 'failed', reason: { code: 'IMG.0072', message: 'broken' } } as const;

test('the time of the answer with a job id outlives the states that follow', async () => {
  const { change, of, acceptedAt } = await submitting();
  expect(await acceptedAt()).toBeUndefined();
  await change(ACCEPTED);
  expect(await acceptedAt()).toBe(1234);
  await change({ type: 'polled', at: 1, of: await of(), overdue: false, lost: false });
  await change({ type: 'succeeded', of: await of(), imageId: 'image', otherImageIds: [] });
  expect(await acceptedAt()).toBe(1234);
});

test('a late answer of an unknown create counts from when it came', async () => {
  const { change, acceptedAt } = await submitting();
  const reason = { code: 'TIMEOUT', message: 'no answer' };
  await change({ type: 'unclear', epoch: 1, at: 1100, reason });
  await change(ACCEPTED);
  expect(await acceptedAt()).toBe(1234);
});

test('an image that was found has no such time', async () => {
  const { change, of, acceptedAt } = await submitting();
  const reason = { code: 'TIMEOUT', message: 'no answer' };
  await change({ type: 'unclear', epoch: 1, at: 1100, reason });
  await change({ type: 'found', of: await of(), image: { id: 'i', status: 'saving' }, at: 1300 });
  await change(ACCEPTED);
  expect(await acceptedAt()).toBeUndefined();
});

test('a new attempt has not been accepted yet', async () => {
  const { change, of, acceptedAt } = await submitting();
  await change(ACCEPTED);
  await change({ ...FAILED, of: await of() });
  expect(await acceptedAt()).toBe(1234);
  await change({ type: 'retry', at: 2000 });
  expect(await acceptedAt()).toBeUndefined();
});

test('nor has a second create of the same attempt', async () => {
  const { parts, change, of, acceptedAt } = await submitting();
  await change(ACCEPTED);
  const reason = { code: 'JOB_GONE', message: 'the job is gone' };
  await change({ type: 'lost', of: await of(), reason, at: 1500, hold: true });
  await change({ type: 'resolved', of: await of(), verdict: 'resubmit', reason, at: 1600 });
  expect((await admitted(parts, 0)).kind).toBe('admitted');
  expect(await acceptedAt()).toBeUndefined();
});
