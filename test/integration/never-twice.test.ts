import { describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { countsOf } from '../support/batch-counts.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { importUnderKills } from '../support/import-under-kills.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { orDouble } from '../support/or-double.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

/** A window of 3 s, so that the end of it is seen within a test. */
const SHORT_WINDOW = { IMS_FERRY_UNKNOWN_WINDOW_MS: '3000', IMS_FERRY_POST_TIMEOUT_MS: '1000' };

describe('a create whose answer is lost', () => {
  test('is adopted when IMS accepted it, and never sent again', async () => {
    const simulator = await cloud({ duration: 1500, createFaults: { dropAfter: 0.5 } });
    const names = { IMS_FERRY_NAMESPACE: 'dropped', IMS_FERRY_UNKNOWN_POLICY: 'resubmit' };
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names });
    startFerry(['work'], env);
    const { code, stderr } = await orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('dropped', 20)], env),
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
    const waiting = orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('unseen', 8)], env),
    );
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
    const { code, stderr } = await orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('held', 2)], env),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('2 unknown (2 held)');
    expect(await countsOf('held', env)).toMatchObject({ unknown: 2, held: 2 });
    expect(simulator.stats.posts).toBe(2);
  });
});

describe('workers that are killed', () => {
  test('two, again and again while 60 images are imported: 60 created, none twice', async () => {
    const simulator = await cloud({ duration: { median: 400, sigma: 0.4 }, latencyMs: 30 });
    await importUnderKills(simulator, { redis, count: 60, between: 10, namespace: 'killed' });
  });
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
    const waiting = orDouble(
      simulator,
      runFerry(['submit', '--wait', await manifestFile('frozen', 20)], env),
    );
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
});
