import { expect, test } from 'vitest';
import { FORGOTTEN_MS } from '../../src/shared/ledger/outbox.ts';
import { targetNotes } from '../../src/shared/notify/target-notes.ts';
import { AWAY, notifiedWorkers } from '../support/notified-worker.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const HOUR_MS = 3_600_000;

test('one event that is refused does not hold up the others', async () => {
  const { sent, receiver, round, register, cancel } = await notifiedWorkers(redis);
  await round();
  receiver.answer = ({ notification }) =>
    notification.batch === 'bad' ? AWAY : { kind: 'delivered' };
  for (const batch of ['bad', 'good', 'better']) {
    await register(batch, [batch]);
    await cancel(batch);
  }
  await round();
  // A receiver that is away is not called for every event that waits.
  expect(sent).toHaveLength(1);
  await round();
  expect(sent.map(({ notification }) => notification.batch)).toEqual(['bad', 'good', 'better']);
});

test('a worker that has lost its lease takes nothing over that another one has delivered', async () => {
  const { deps, round, register, cancel } = await notifiedWorkers(redis);
  const { outbox } = deps.project;
  await round();
  await register('b', ['one']);
  await cancel('one');
  // What it read before it slept.
  const from = await outbox.serve('default', 'hooks.test', deps.clock.now());
  const { events, last: to } = await outbox.eventsAfter(from, 10);
  await round('w2');
  const due = events.map(({ id }) => ({ id, at: 1 }));
  expect(due).toHaveLength(1);
  expect(await outbox.take('default', { from, to, due })).toBe(false);
  expect(await outbox.targets()).toMatchObject([{ waiting: 0, delivered: 1 }]);
});

test('a receiver that is gone for good is not called again', async () => {
  const { deps, sent, receiver, round, register, cancel, pass } = await notifiedWorkers(redis);
  await round();
  receiver.answer = () => ({ ...AWAY, isFinal: true });
  await register('b', ['one']);
  await cancel('one');
  await round();
  pass(24 * HOUR_MS);
  await round();
  expect(sent).toHaveLength(1);
  expect(await deps.project.outbox.targets()).toMatchObject([{ dropped: 1, reason: AWAY.reason }]);
});

test('a target that no worker has had for three days begins again with what is new', async () => {
  const { sent, round, register, cancel, pass } = await notifiedWorkers(redis);
  await round();
  await register('missed', ['one']);
  await cancel('one');
  pass(FORGOTTEN_MS + 1000);
  await round();
  await register('new', ['two']);
  await cancel('two');
  await round();
  expect(sent.map(({ notification }) => notification.batch)).toEqual(['new']);
});

test('a name that no worker knows is shown with its setting', () => {
  const target = { name: 'ops', host: 'h', isServed: true, delivered: 0, dropped: 0, waiting: 0 };
  const batches = [
    { batch: 'a', notify: 'lab' },
    { batch: 'b', notify: 'lab' },
    { batch: 'c', notify: 'ops' },
    { batch: 'd' },
  ];
  expect(targetNotes({ targets: [target], batches, now: 0 })).toEqual([
    'Batch a and 1 more: notify: lab reaches nobody, because no worker has IMS_FERRY_NOTIFY_URL_LAB.',
  ]);
  const only = targetNotes({ targets: [{ ...target, isServed: false }], batches, now: 0 });
  expect(only.at(-1)).toContain('notify: ops reaches nobody');
  const former = { ...target, isServed: false, failingSince: 1, reason: 'r' };
  expect(targetNotes({ targets: [former], batches: [], now: 9e6 })).toEqual([]);
});
