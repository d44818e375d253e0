import { describe, expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { lookUp } from '../../src/worker/look-up.ts';
import { Step } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { steppedTime } from '../support/stepped-time.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const server = useRedis({ emptied: true });
const HOUR_MS = 3_600_000;
const WINDOW_MS = 900_000;
const REASON = { code: 'TIMEOUT', message: 'no answer' };

/** An import whose create got no answer, and which no list shows. */
async function lostAnswer() {
  const redis = steppedTime(server.url);
  const images = async () => ({ kind: 'ok', value: [] }) as const;
  const found = await workerDeps({ url: server.url, client: redis.client }, { images });
  const unknown = { policy: 'resubmit', windowMs: WINDOW_MS } as const;
  const deps = { ...found, config: { ...found.config, unknown } };
  const request = imageRequest('one');
  const key = importKey(request);
  const now = deps.clock.now();
  await deps.batches.register('b', [{ request, line: 1 }], { now, due: now });
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const pending = await deps.ledger.read(key);
  if (!pending) throw new Error('not registered');
  await deps.ledger.admit(pending, { ...INTENT, now, due: now });
  const event = { type: 'unclear', epoch: 1, reason: REASON, at: now } as const;
  await deps.ledger.change(key, event, { now, due: now });
  const lookAgain = async () => {
    const entry = await deps.ledger.read(key);
    if (entry?.state.status !== 'unknown') return entry?.state.status;
    await lookUp(new Step(deps, entry), entry.state);
    return (await deps.ledger.read(key))?.state.status;
  };
  return { redis, deps, key, lookAgain };
}

describe('a wall clock of Redis that jumps', () => {
  test.each([HOUR_MS, 24 * HOUR_MS, -HOUR_MS, -24 * HOUR_MS])(
    'by %i ms ends no window',
    async (ms) => {
      const { redis, deps, lookAgain } = await lostAnswer();
      redis.wrongMs = ms;
      expect(await lookAgain()).toBe('unknown');
      expect(await lookAgain()).toBe('unknown');
      // The time of the fleet does.
      await server.client.hincrby(deps.ledger.keys.meta, 'time', 2 * WINDOW_MS);
      expect(await lookAgain()).toBe('pending');
      await deps.queues.close();
    },
  );

  test('forward ends no freeze', async () => {
    const { redis, deps } = await lostAnswer();
    await deps.guard.report({ ...HOLDER, seen: 9, windowMs: WINDOW_MS });
    redis.wrongMs = 24 * HOUR_MS;
    expect((await deps.guard.waiting())?.ms).toBeGreaterThan(WINDOW_MS - 1);
    await deps.queues.close();
  });

  test('back holds nothing up: what is registered then is admitted after one scan', async () => {
    const { redis, deps } = await lostAnswer();
    redis.wrongMs = -HOUR_MS;
    const request = imageRequest('two');
    const now = deps.clock.now();
    await deps.batches.register('b', [{ request, line: 1 }], { now, due: now });
    const entry = await deps.ledger.read(importKey(request));
    if (!entry) throw new Error('not registered');
    const intent = { ...INTENT, now, due: now };
    expect(await deps.ledger.admit(entry, intent)).toEqual({ kind: 'scan' });
    await deps.guard.scanned(await deps.guard.beginScan());
    expect((await deps.ledger.admit(entry, intent)).kind).toBe('admitted');
    await deps.queues.close();
  });

  test('back does not make the turns of requests stand still', async () => {
    const { redis, deps } = await lostAnswer();
    const budget = deps.project.rateLimit;
    await budget.lower(20);
    await budget.lower(20);
    await budget.take(1000);
    redis.wrongMs = -HOUR_MS;
    expect((await budget.take(1000)).waitMs).toBeLessThanOrEqual(1000);
    await deps.queues.close();
  });
});

test('a sender that has slept stamps its intent with the time of the ledger', async () => {
  const { deps, key } = await lostAnswer();
  const { meta } = deps.ledger.keys;
  await server.client.hincrby(meta, 'time', WINDOW_MS);
  const time = Number(await server.client.hget(meta, 'time'));
  const event = { type: 'resolved', verdict: 'resubmit', reason: REASON, at: 1 } as const;
  const { stateVersion } = await import('../../src/shared/state/import-state.ts');
  const before = await deps.ledger.read(key);
  if (!before) throw new Error('gone');
  await deps.ledger.change(key, { ...event, of: stateVersion(before) }, { now: 1, due: 1 });
  const pending = await deps.ledger.read(key);
  if (!pending) throw new Error('gone');
  await deps.ledger.admit(pending, { ...INTENT, now: 1000, budgetMs: 500 });
  const { state } = (await deps.ledger.read(key)) ?? {};
  expect(state).toMatchObject({ status: 'submitting' });
  expect(state && 'sendBy' in state ? state.sendBy : 0).toBeGreaterThan(time + 500);
  await deps.queues.close();
});
