import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

/** A window of 3 s, so that the end of it is seen within a test. */
const SHORT_WINDOW = { IMS_FERRY_UNKNOWN_WINDOW_MS: '3000', IMS_FERRY_POST_TIMEOUT_MS: '1000' };

async function countsOf(batch: string, env: FerryEnv): Promise<Record<string, number>> {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
}

describe('a create whose answer is lost', () => {
  test('is adopted when IMS accepted it, and never sent again', async () => {
    const simulator = await cloud({ duration: 1500, createFaults: { dropAfter: 0.5 } });
    const names = { IMS_FERRY_NAMESPACE: 'dropped', IMS_FERRY_UNKNOWN_POLICY: 'resubmit' };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    startFerry(['work'], env);
    const { code, stderr } = await runFerry(
      ['submit', '--wait', await manifestFile('dropped', 20)],
      env,
    );
    expect(stderr).toContain('20/20 done (20 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(20);
    expect(simulator.accepted.filter(({ late }) => late).length).toBeGreaterThan(3);
    expect(doubles(simulator)).toEqual([]);
  });

  test('is sent again after the window when IMS never saw it (policy resubmit)', async () => {
    const simulator = await cloud({ duration: 300, createFaults: { dropBefore: 0.5 } });
    const names = { IMS_FERRY_NAMESPACE: 'unseen', IMS_FERRY_UNKNOWN_POLICY: 'resubmit' };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    startFerry(['work'], env);
    const waiting = runFerry(['submit', '--wait', await manifestFile('unseen', 8)], env);
    await until(() => simulator.stats.posts >= 8);
    simulator.set({ createFaults: { dropBefore: 0 } });
    const { code, stderr } = await waiting;
    expect(stderr).toContain('8/8 done (8 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(8);
  });

  test('is held for a person after the window where nothing was measured (policy auto)', async () => {
    const simulator = await cloud({ duration: 300, createFaults: { dropBefore: 1 } });
    const names = { IMS_FERRY_NAMESPACE: 'held' };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    startFerry(['work'], env);
    const { code, stderr } = await runFerry(
      ['submit', '--wait', await manifestFile('held', 2)],
      env,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('2 unknown (2 held)');
    expect(await countsOf('held', env)).toMatchObject({ unknown: 2, held: 2 });
    expect(simulator.stats.posts).toBe(2);
  });

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
    const waiting = runFerry(['submit', '--wait', await manifestFile('after', 2)], env);
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
    const { stderr } = await runFerry(['submit', '--wait', await manifestFile('stormy', 60)], env);
    expect(stderr).toContain('60/60 done');
    expect(doubles(simulator)).toEqual([]);
    expect(createsByMarker(simulator).size).toBe(60);
    expect(await countsOf('stormy', env)).toMatchObject({ succeeded: 60 });
  });
});

describe('workers that are killed', () => {
  test('two, 2 to 3 s after they are up, while 150 images are imported: 150 created, none twice', async () => {
    const simulator = await cloud({ duration: { median: 1000, sigma: 0.4 }, latencyMs: 60 });
    const names = {
      IMS_FERRY_NAMESPACE: 'killed',
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '4000',
      IMS_FERRY_MAX_IN_FLIGHT: '20',
    };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    const waiting = runFerry(['submit', '--wait', await manifestFile('killed', 150)], env);
    let over = false;
    void waiting.then(() => {
      over = true;
    });
    const random = seededRandom(5);
    // Counted from when it is up: how long that takes is the machine's own affair.
    const oneAfterTheOther = async (): Promise<void> => {
      for (let worker = spawnFerry(['work'], env); ; worker = spawnFerry(['work'], env)) {
        await worker.says('worker started');
        await delay(2000 + 1000 * random.next());
        if (over || simulator.accepted.length === 150) return;
        worker.process.kill('SIGKILL');
      }
    };
    await Promise.all([oneAfterTheOther(), oneAfterTheOther()]);
    const { code, stderr } = await waiting;
    expect(stderr).toContain('150/150 done (150 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(150);
    expect(doubles(simulator)).toEqual([]);
  }, 240_000);
});

describe('workers that are frozen', () => {
  test('one past its deadline sends nothing when it wakes', async () => {
    const simulator = await cloud({ duration: 500, latencyMs: 300 });
    const names = {
      IMS_FERRY_NAMESPACE: 'frozen',
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '4000',
    };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    const first = spawnFerry(['work'], env);
    await first.says('worker started');
    const waiting = runFerry(['submit', '--wait', await manifestFile('frozen', 20)], env);
    await until(() => simulator.stats.posts >= 4);
    first.process.kill('SIGSTOP');
    startFerry(['work'], env);
    await until(() => simulator.accepted.length >= 16);
    first.process.kill('SIGCONT');
    const { code } = await waiting;
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(20);
    expect(doubles(simulator)).toEqual([]);
  });

  test('two in turns, past lock and window, under late creates: none twice', async () => {
    const simulator = await cloud({
      duration: { median: 800, sigma: 0.4 },
      latencyMs: 40,
      createFaults: { lateAccept: 0.06, lateMs: 900 },
    });
    const names = {
      IMS_FERRY_NAMESPACE: 'frozen-in-turns',
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
      IMS_FERRY_MAX_IN_FLIGHT: '10',
    };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    const workers = [spawnFerry(['work'], env), spawnFerry(['work'], env)];
    const waiting = runFerry(['submit', '--wait', await manifestFile('in-turns', 60)], env);
    let over = false;
    void waiting.then(() => {
      over = true;
    });
    await until(() => simulator.accepted.length >= 5);
    for (let turn = 0; !over; turn += 1) {
      const worker = workers[turn % 2];
      worker?.process.kill('SIGSTOP');
      // The lock is 2 s, the window 3 s: the other one takes over, and decides.
      await delay(3500);
      worker?.process.kill('SIGCONT');
      await delay(500);
    }
    expect((await waiting).code).toBe(0);
    expect(createsByMarker(simulator).size).toBe(60);
    expect(doubles(simulator)).toEqual([]);
  });
});
