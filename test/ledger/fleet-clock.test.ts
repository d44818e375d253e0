import { expect, test } from 'vitest';
import { createFleetClock } from '../../src/shared/redis/fleet-clock.ts';
import type { Clock } from '../../src/shared/runtime/clock.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis();

/** A local clock that is wrong by `wrongMs`; each look at it may cost `lookMs`. */
function localClock(time: { wrongMs: number; lookMs: number }): Clock {
  let spent = 0;
  return {
    ...systemClock,
    now: () => {
      spent += time.lookMs;
      return systemClock.now() + time.wrongMs + spent;
    },
    monotonic: () => systemClock.monotonic() + spent,
  };
}

test('a local clock that is an hour wrong is corrected', async () => {
  const clock = await createFleetClock(
    server.client,
    localClock({ wrongMs: 3_600_000, lookMs: 0 }),
  );
  expect(Math.abs(clock.now() - systemClock.now())).toBeLessThan(1000);
});

test('an answer that waited for 40 minutes tells nothing and changes nothing', async () => {
  const time = { wrongMs: 0, lookMs: 0 };
  const clock = await createFleetClock(server.client, localClock(time));
  const before = clock.offsetMs;
  time.lookMs = 40 * 60_000;
  expect(await clock.measure()).toBe(false);
  expect(clock.offsetMs).toBe(before);
});
