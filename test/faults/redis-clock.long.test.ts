import { describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { steppedRedis } from '../support/stepped-redis.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;

const STEPS = [
  { what: 'an hour', stepMs: HOUR_MS },
  { what: 'a day', stepMs: 24 * HOUR_MS },
];
const LOCK = { IMS_FERRY_LOCK_MS: '2000', IMS_FERRY_POLL_MIN_MS: '200' };

describe('the wall clock of the Redis host', needing('faketime'), () => {
  test('steps forward by an hour or a day while answers are lost and the list is late: no doubles', () =>
    together(STEPS, async ({ stepMs }) => {
      const redis = await steppedRedis();
      const simulator = await cloud({
        duration: 500,
        listingDelayMs: 4000,
        createFaults: { dropAfter: 1 },
      });
      const env = accountEnv(simulator, redis.url, {
        ...LOCK,
        IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
        IMS_FERRY_UNKNOWN_WINDOW_MS: '6000',
        IMS_FERRY_POST_TIMEOUT_MS: '1000',
      });
      startFerry(['work'], env);
      startFerry(['work'], env);
      const waiting = runFerry(['submit', '--wait', await manifestFile('ahead', 10)], env);
      await until(() => simulator.accepted.length === 10);
      redis.beWrongBy(stepMs);
      const { code } = await waiting;
      expect(code).toBe(0);
      expect(simulator.accepted).toHaveLength(10);
      expect(doubles(simulator)).toEqual([]);
    }));

  test('steps back by an hour or a day while a worker is killed: the work continues', () =>
    together(STEPS, async ({ stepMs }) => {
      const redis = await steppedRedis();
      const simulator = await cloud({ duration: 700, listingDelayMs: 200, latencyMs: 20 });
      const env = accountEnv(simulator, redis.url, {
        ...LOCK,
        IMS_FERRY_MAX_IN_FLIGHT: '3',
        IMS_FERRY_SUBMIT_RATE: '0',
        IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
        IMS_FERRY_POST_TIMEOUT_MS: '1000',
      });
      const killed = spawnFerry(['work'], env);
      await runFerry(['submit', await manifestFile('behind', 12)], env);
      await until(() => simulator.accepted.length >= 3);
      // It holds every lease and the locks of what it works on.
      redis.beWrongBy(-stepMs);
      killed.process.kill('SIGKILL');
      await killed.exited;
      const worker = startFerry(['work'], env);
      await until(() => simulator.accepted.length === 12);
      expect(worker.stderr()).not.toContain('valid float');
      const { code } = await runFerry(['submit', '--wait', await manifestFile('behind', 12)], env);
      expect(code).toBe(0);
      expect(doubles(simulator)).toEqual([]);
    }));
});
