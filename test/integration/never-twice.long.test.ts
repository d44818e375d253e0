import { describe, expect, test } from 'vitest';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { countsOf } from '../support/batch-counts.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { importUnderKills } from '../support/import-under-kills.ts';
import { maintenanceCycles } from '../support/maintenance-cycles.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { orDouble } from '../support/or-double.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

/** A window of 3 s, so that the end of it is seen within a test. */
const SHORT_WINDOW = { IMS_FERRY_UNKNOWN_WINDOW_MS: '3000', IMS_FERRY_POST_TIMEOUT_MS: '1000' };

describe('a create whose answer is lost', () => {
  test('is sent again by policy auto once the list was measured to show images in time', async () => {
    const simulator = await cloud({ duration: 1000 });
    const names = { IMS_FERRY_NAMESPACE: 'measured', IMS_FERRY_MAX_IN_FLIGHT: '6' };
    // Long enough that a slow machine does not make the list look late.
    const window = { ...SHORT_WINDOW, IMS_FERRY_UNKNOWN_WINDOW_MS: '9000' };
    const env = accountEnv(simulator, redis.url, { ...window, ...names });
    startFerry(['work'], env);
    const first = await manifestFile('measured', 6);
    expect((await runFerry(['submit', '--wait', first], env)).code).toBe(0);
    simulator.set({ createFaults: { dropBefore: 1 } });
    const waiting = orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('after', 2)], env),
    );
    await until(() => simulator.stats.posts >= 8);
    simulator.set({ createFaults: { dropBefore: 0 } });
    expect((await waiting).code).toBe(0);
    expect(simulator.accepted).toHaveLength(8);
    expect(doubles(simulator)).toEqual([]);
  });
});

describe('a cloud that misbehaves', () => {
  test('drops, 5xx, HTML, throttling and a late list: nothing twice, everything settled', async () => {
    const simulator = await cloud({
      duration: { median: 800, sigma: 0.5 },
      listingDelayMs: 1000,
      createFaults: {
        dropAfter: 0.08,
        http500: 0.05,
        htmlAccepted: 0.05,
        throttle: 0.05,
      },
      readFaults: { http500: 0.05, html: 0.05, throttle: 0.02 },
      retryAfter: 1,
    });
    const names = {
      IMS_FERRY_NAMESPACE: 'stormy',
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '6000',
    };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    startFerry(['work'], env);
    startFerry(['work'], env);
    const { stderr } = await orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('stormy', 60)], env),
    );
    expect(stderr).toContain('60/60 done');
    expect(doubles(simulator)).toEqual([]);
    expect(createsByMarker(simulator).size).toBe(60);
    expect(await countsOf('stormy', env)).toMatchObject({ succeeded: 60 });
  });
});

describe('workers that are killed', () => {
  test('two, again and again while 150 images are imported: 150 created, none twice', async () => {
    const simulator = await cloud({ duration: { median: 1000, sigma: 0.4 }, latencyMs: 60 });
    await importUnderKills(simulator, { redis, count: 150, between: 15, namespace: 'killed-long' });
  });
});

describe('workers that are frozen', () => {
  test('two in turns, past lock and window, under late creates: none twice', async () => {
    const simulator = await cloud({
      duration: { median: 800, sigma: 0.4 },
      latencyMs: 40,
      createFaults: { lateAccept: 0.06, lateMs: 900 },
    });
    const namespace = 'frozen-in-turns';
    const names = {
      IMS_FERRY_NAMESPACE: namespace,
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
      IMS_FERRY_MAX_IN_FLIGHT: '10',
    };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    const workers = [spawnFerry(['work'], env), spawnFerry(['work'], env)];
    const waiting = orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('in-turns', 60)], env),
    );
    let over = false;
    void waiting.then(() => {
      over = true;
    });
    await until(() => simulator.accepted.length >= 5);
    for (let turn = 0; !over; turn += 1) {
      const worker = workers[turn % 2];
      worker?.process.kill('SIGSTOP');
      // A round is half a second, the lock 2 s, the window 3 s: the other one takes over, and decides.
      await maintenanceCycles(redis.client, { namespace, count: 8, over: () => over });
      worker?.process.kill('SIGCONT');
      await maintenanceCycles(redis.client, { namespace, count: 2, over: () => over });
    }
    expect((await waiting).code).toBe(0);
    expect(createsByMarker(simulator).size).toBe(60);
    expect(doubles(simulator)).toEqual([]);
  });
});
