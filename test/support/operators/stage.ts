import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Simulator } from '../../../simulator/start-simulator.ts';
import type { Random } from '../../../src/shared/runtime/random.ts';
import { cloud } from '../cloud.ts';
import { LOGIN } from '../dashboard.ts';
import { type FaultProxy, faultProxy } from '../fault-proxy.ts';
import { type Ferry, type FerryEnv, type FerryProcess, spawnFerry, startFerry } from '../ferry.ts';
import { behindProxy } from '../one-run.ts';
import { type SteppedRedis, steppedRedis } from '../stepped-redis.ts';
import { pick } from './chance.ts';

/** Everything that a run needs: a Redis and a cloud that fail, workers, and a dashboard. */
export interface Stage {
  readonly simulator: Simulator;
  /** In front of the cloud: every call of commands and workers passes it. */
  readonly proxy: FaultProxy;
  readonly redis: SteppedRedis;
  readonly env: FerryEnv;
  /** Goes with the test. */
  readonly folder: string;
  readonly dashboard: Ferry;
  /** All that were ever started. */
  readonly workers: readonly FerryProcess[];
  /** Another worker, whose wall clock may be wrong. */
  startWorker(): FerryProcess;
}

export const WINDOW_MS = 6000;
export const LOCK_MS = 2000;
const HOUR_MS = 3_600_000;
/** How wrong a wall clock may be. */
export const WRONG_MS = [0, HOUR_MS, -HOUR_MS] as const;
const WRONG_CLOCK = fileURLToPath(new URL('../wrong-clock.ts', import.meta.url));

/** Needs `faketime`. */
export async function openStage(policy: string, seed: number, random: Random): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-operators-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await steppedRedis();
  const simulator = await cloud({ seed, duration: { median: 1500, sigma: 0.6 }, latencyMs: 20 });
  const proxy = await faultProxy(simulator.url, seed);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: {
      IMS_FERRY_UNKNOWN_POLICY: policy,
      IMS_FERRY_UNKNOWN_WINDOW_MS: String(WINDOW_MS),
      IMS_FERRY_LOCK_MS: String(LOCK_MS),
      IMS_FERRY_MAX_IN_FLIGHT: '8',
      IMS_FERRY_STATE_DIR: join(folder, 'state'),
      IMS_FERRY_DASHBOARD_USER: LOGIN.user,
      IMS_FERRY_DASHBOARD_PASSWORD: LOGIN.password,
    },
  });
  const dashboard = startFerry(['dashboard', '--port', '0'], env);
  await dashboard.says('Dashboard: http');
  const workers: FerryProcess[] = [];
  const startWorker = (): FerryProcess => {
    const clock = {
      WRONG_CLOCK_MS: String(pick(random, WRONG_MS)),
      WRONG_CLOCK_THEN_MS: String(pick(random, WRONG_MS)),
    };
    const own = { ...env, ...clock, NODE_OPTIONS: `--import ${WRONG_CLOCK}` };
    const worker = spawnFerry(['work'], own);
    workers.push(worker);
    return worker;
  };
  return { simulator, proxy, redis, env, folder, dashboard, workers, startWorker };
}
