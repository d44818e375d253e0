import { expect, test } from 'vitest';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { ProjectStore } from '../../src/shared/ledger/project-store.ts';
import { RateLimit } from '../../src/shared/ledger/rate-limit.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { RequestPace } from '../../src/worker/request-pace.ts';
import { watchedIms } from '../../src/worker/watched-ims.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const KEYS = ledgerKeys('pace');

/** A worker whose time and log are the test's. */
function pace() {
  const now = 0;
  const slept: number[] = [];
  const clock = {
    ...systemClock,
    monotonic: () => now,
    sleep: async (ms: number) => void slept.push(ms),
  };
  const budget = new RateLimit(redis.client, KEYS);
  const log = silentLogger();
  const made = new RequestPace({ budget, clock, log, workers: async () => 2 });
  return { made, slept };
}

/** What the cloud answered; each 429 is reported as a worker reports it. */
async function answers(
  made: RequestPace,
  { passed, throttled }: { readonly passed: number; readonly throttled: number },
): Promise<void> {
  for (let n = 0; n < passed + throttled; n += 1) {
    const isThrottled = n >= passed;
    made.answered(0, isThrottled);
    if (isThrottled) await made.throttled();
  }
}

async function commands(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.client.info('stats'))?.[1]);
}

test('costs Redis nothing while nothing is throttled', async () => {
  const { made } = pace();
  const before = await commands();
  for (let n = 0; n < 20; n += 1) {
    expect(await made.tryAcquire()).toBe(0);
    expect(await made.aheadMs()).toBe(0);
    await made.record();
  }
  // The second look itself.
  expect((await commands()) - before).toBe(1);
});

test('after repeated 429s every worker waits its turn, and learns it in its next maintenance cycle', async () => {
  const [one, other] = [pace(), pace()];
  for (let n = 0; n < 8; n += 1) await one.made.tryAcquire();
  await answers(one.made, { passed: 5, throttled: 3 });
  // Five in a second were let through, two workers, four fifths of it: eight a second.
  expect(Number(await redis.client.hget(KEYS.budget, 'rate'))).toBeCloseTo(8, 1);
  // Turns for twelve seconds.
  for (let n = 0; n < 100; n += 1) await one.made.record();
  expect(await other.made.tryAcquire()).toBe(0);
  await other.made.refresh();
  expect(await other.made.tryAcquire()).toBeGreaterThan(1000);
  expect(await other.made.aheadMs()).toBeGreaterThan(1000);
});

test('a turn that is near is waited for', async () => {
  const { made, slept } = pace();
  for (let n = 0; n < 8; n += 1) await made.tryAcquire();
  await answers(made, { passed: 5, throttled: 3 });
  // As many as it takes to be faster than eight a second.
  while (Math.max(0, ...slept) <= 100) expect(await made.tryAcquire()).toBe(0);
});

test('the image of an import that is done is read in its turn, a create leaves at once', async () => {
  const { made, slept } = pace();
  const sent: string[] = [];
  const missing = { kind: 'not-found', code: '404', message: 'not there' } as const;
  const ims: Partial<ImsClient> = {
    image: async () => {
      sent.push('image');
      return missing;
    },
    submit: async () => {
      sent.push('create');
      return { kind: 'accepted', jobId: 'j' };
    },
  };
  const project = new ProjectStore(redis.client, KEYS);
  const deps = { pace: made, project, clock: systemClock, log: silentLogger() };
  const paced = watchedIms(ims as ImsClient, deps);
  for (let n = 0; n < 8; n += 1) await made.tryAcquire();
  await answers(made, { passed: 5, throttled: 3 });
  while (Math.max(0, ...slept) <= 100) await paced.image('i');
  const { length } = slept;
  await paced.submit({} as Parameters<ImsClient['submit']>[0]);
  expect(slept).toHaveLength(length);
  expect(sent.at(-1)).toBe('create');
});
