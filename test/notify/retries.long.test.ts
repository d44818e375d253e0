import { expect, test } from 'vitest';
import { targetNotes } from '../../src/shared/notify/target-notes.ts';
import { AWAY, notifiedWorkers } from '../support/notified-worker.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const HOUR_MS = 3_600_000;

test('a receiver that is away for hours gets every event under its one id, with growing pauses', async () => {
  const { deps, sent, receiver, round, register, cancel, pass } = await notifiedWorkers(redis);
  await round();
  receiver.answer = () => AWAY;
  await register('b', ['one']);
  await cancel('one');
  await register('c', ['two']);
  await cancel('two');
  // Every round is that of a new worker.
  for (let at = 0; at < 5 * HOUR_MS; at += 60_000) {
    await round(`w${at}`);
    pass(60_000);
  }
  const tries = sent.length;
  expect(tries).toBeGreaterThan(12);
  expect(tries).toBeLessThan(30);
  const states = await deps.project.outbox.targets();
  expect(states).toMatchObject([
    { name: 'default', waiting: 2, delivered: 0, reason: AWAY.reason },
  ]);
  const now = (states[0]?.failingSince ?? 0) + 5 * HOUR_MS;
  const lines = targetNotes({ targets: states, batches: [], now });
  expect(lines).toEqual([
    'Notifications to default have failed for 5 h: nothing listens there (hooks.test); 2 waiting.',
  ]);

  receiver.answer = () => ({ kind: 'delivered' });
  for (let at = 0; at < 5 * HOUR_MS; at += 600_000) {
    await round();
    pass(600_000);
  }
  const late = sent.slice(tries).map(({ notification }) => notification.batch);
  expect(late).toHaveLength(2);
  expect(new Set(late)).toEqual(new Set(['b', 'c']));
  // The same id and the same body each time.
  expect(new Set(sent.map(({ body }) => body)).size).toBe(2);
  expect(new Set(sent.map(({ notification }) => notification.id)).size).toBe(2);
  const [after] = await deps.project.outbox.targets();
  expect(after).toMatchObject({ waiting: 0, delivered: 2, dropped: 0 });
  expect(after).not.toHaveProperty('failingSince');
  const left = await redis.client.hkeys(deps.project.keys.notify);
  expect(left.filter((field) => /\d-\d/.test(field))).toEqual([]);
});

test('after about three days an event is given up, and later ones are delivered', async () => {
  const { deps, sent, receiver, round, register, cancel, pass } = await notifiedWorkers(redis);
  await round();
  receiver.answer = ({ notification }) =>
    notification.batch === 'never' ? AWAY : { kind: 'delivered' };
  await register('never', ['one']);
  await cancel('one');
  for (let at = 0; at < 80 * HOUR_MS; at += HOUR_MS / 2) {
    await round();
    pass(HOUR_MS / 2);
  }
  expect(sent).toHaveLength(29);
  expect(await deps.project.outbox.targets()).toMatchObject([{ waiting: 0, dropped: 1 }]);
  await register('later', ['two']);
  await cancel('two');
  await round();
  expect(sent.at(-1)?.notification.batch).toBe('later');
});

test('the ledger keeps the latest thousand events, and says so where one was not delivered', async () => {
  const { deps, receiver, round, pass } = await notifiedWorkers(redis);
  await round();
  receiver.answer = () => AWAY;
  const stop = { reason: 'quota', code: 'X', message: 'm', at: 1 } as const;
  await deps.project.stop(stop);
  await round();
  await deps.project.resume();
  await deps.project.stop(stop);
  const both = () => [deps.project.resume(), deps.project.stop(stop)];
  await Promise.all(Array.from({ length: 510 }, both).flat());
  expect(await redis.client.xlen(deps.project.keys.events)).toBe(1000);
  pass(6000);
  await round();
  expect(await deps.project.outbox.targets()).toMatchObject([{ dropped: 1 }]);
});
