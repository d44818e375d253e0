import { describe, expect, test } from 'vitest';
import { createFleetClock, type TimeKeeper } from '../../src/shared/ledger/fleet-clock.ts';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { HOLDER, KEYS } from '../support/ledger-parts.ts';
import { takeSnapshot } from '../support/snapshot.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const HOUR_MS = 3_600_000;

/** A host whose monotonic clock a test moves on; its wall clock is wrong as the test wants. */
class Host {
  passedMs = 0;
  wrongMs = 0;
  readonly clock: Clock = {
    now: () => systemClock.now() + this.wrongMs,
    monotonic: () => this.passedMs,
    sleep: async () => undefined,
  };

  open() {
    return createFleetClock(server.client, this.clock, KEYS);
  }
}

let ticks = 0;
function keeper(workerId: string): TimeKeeper {
  ticks += 1;
  return { workerId, tick: `tick-${ticks}`, stepMs: 1000, leaseMs: 60_000 };
}

/** As if Redis' wall clock had jumped: the lease of whoever keeps the time is over. */
async function endLease(): Promise<void> {
  await server.client.del(KEYS.lease('time'));
}

async function stored(): Promise<number> {
  return Number(await server.client.hget(KEYS.meta, 'time'));
}

describe('the time of the fleet', () => {
  test('begins where the wall clock is, and continues by what the monotonic clock measured', async () => {
    const host = new Host();
    const clock = await host.open();
    const start = await stored();
    expect(Math.abs(start - systemClock.now())).toBeLessThan(60_000);
    await clock.tick(keeper('a'));
    host.passedMs += 700;
    await clock.tick(keeper('a'));
    expect((await stored()) - start).toBe(700);
  });

  test('does not begin before a time that an older ledger holds', async () => {
    const later = systemClock.now() + HOUR_MS;
    await server.client.hset(KEYS.meta, 'scanned_at', later);
    await server.client.zadd(KEYS.batches, later + 5, 'spring');
    await server.client.sadd(KEYS.inFlight, 'key');
    await server.client.hset(KEYS.import('key'), 'submitted_at', later + 9);
    await new Host().open();
    expect(await stored()).toBe(later + 9);
  });

  test('loses nothing where it is only read in between', async () => {
    const host = new Host();
    const clock = await host.open();
    await clock.tick(keeper('a'));
    const start = await stored();
    for (let round = 0; round < 9; round += 1) {
      host.passedMs += 100;
      await clock.measure();
    }
    await clock.tick(keeper('a'));
    expect((await stored()) - start).toBe(900);
  });

  test('is the same whatever a wall clock says: a jump of an hour moves nothing', async () => {
    const host = new Host();
    const clock = await host.open();
    await clock.tick(keeper('a'));
    const before = clock.now();
    host.wrongMs = HOUR_MS;
    expect(clock.now()).toBe(before);
    await clock.tick(keeper('a'));
    expect(clock.now()).toBe(before);
    expect(Math.abs(clock.wall.now() - systemClock.now())).toBeLessThan(60_000);
  });

  test('goes no further than one step in a process that reads nothing new', async () => {
    const host = new Host();
    const clock = await host.open();
    await clock.tick(keeper('a'));
    const before = clock.now();
    host.passedMs += HOUR_MS;
    expect(clock.now()).toBe(before + 1000);
    await clock.tick(keeper('a'));
    expect(await stored()).toBe(before + 1000);
  });
});

describe('no moment counts twice', () => {
  test('by a worker that slept while another one kept the time', async () => {
    const [slept, awake] = [new Host(), new Host()];
    const [its, other] = [await slept.open(), await awake.open()];
    await its.tick(keeper('slept'));
    const start = await stored();
    await endLease();
    await other.tick(keeper('awake'));
    for (const host of [slept, awake]) host.passedMs += 900;
    await other.tick(keeper('awake'));
    await endLease();
    await its.tick(keeper('slept'));
    expect((await stored()) - start).toBeLessThanOrEqual(900);
  });

  test('by two that keep it at once, their leases being of no use', async () => {
    const hosts = [new Host(), new Host(), new Host()];
    const clocks = await Promise.all(hosts.map((host) => host.open()));
    const start = await stored();
    let realMs = 0;
    for (let round = 0; round < 60; round += 1) {
      realMs += 100;
      for (const host of hosts) host.passedMs += 100;
      await endLease();
      await clocks[(round % 7) % 3]?.tick(keeper(`w${(round % 7) % 3}`));
    }
    const counted = (await stored()) - start;
    expect(counted).toBeLessThanOrEqual(realMs);
    expect(counted).toBeGreaterThan(0);
  });

  test('by one whose ledger was put back to a tick that it has read', async () => {
    const host = new Host();
    const clock = await host.open();
    await clock.tick(keeper('a'));
    const goBack = await takeSnapshot(server.client);
    const start = await stored();
    host.passedMs += 800;
    await clock.tick(keeper('a'));
    await goBack();
    host.passedMs += 100;
    await clock.tick(keeper('a'));
    expect((await stored()) - start).toBeLessThanOrEqual(900);
  });

  test('nor does what an answer of Redis took', async () => {
    const host = new Host();
    const slow = new Proxy(server.client, {
      get: (client, name) => {
        const found: unknown = Reflect.get(client, name);
        if (name !== 'evalsha' || typeof found !== 'function') return found;
        return async (...args: unknown[]) => {
          const answer: unknown = await found.apply(client, args);
          host.passedMs += 300;
          return answer;
        };
      },
    });
    await createFleetClock(server.client, host.clock, KEYS);
    const clock = await createFleetClock(slow, host.clock, KEYS);
    await clock.tick(keeper('a'));
    const start = await stored();
    host.passedMs += 100;
    await clock.tick(keeper('a'));
    expect((await stored()) - start).toBe(100);
  });

  test('nor does the time before a stamp count for what the stamp begins', async () => {
    const host = new Host();
    const clock = await host.open();
    await clock.tick(keeper('a'));
    host.passedMs += 900;
    // The last tick is long ago by now, and nobody has added that yet.
    const guard = new GuardStore(server.client, KEYS);
    await guard.report({ ...HOLDER, seen: 7, windowMs: 5000 });
    await clock.tick(keeper('a'));
    for (let round = 0; round < 7; round += 1) {
      host.passedMs += 700;
      await clock.tick(keeper('a'));
    }
    expect((await guard.waiting())?.ms).toBeGreaterThan(0);
  });
});

test('an answer that waited for 40 minutes says nothing about the wall clock of Redis', async () => {
  const host = new Host();
  const clock = await host.open();
  const before = clock.offsetMs;
  const rightNow = host.clock.monotonic;
  let looks = 0;
  Object.assign(host.clock, { monotonic: () => rightNow() + (looks++ % 2) * 40 * 60_000 });
  await clock.measure();
  expect(clock.offsetMs).toBe(before);
});
