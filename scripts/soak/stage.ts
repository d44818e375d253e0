import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { createShutdown } from '../../src/shared/runtime/shutdown.ts';
import { type DurableRedis, startDurableRedis } from './durable-redis.ts';
import { profileOf } from './fault-profile.ts';
import { type Host, hostsOf } from './hosts.ts';
import type { SoakOptions } from './options.ts';
import { type Orders, writeOrders } from './orders.ts';
import { type FerryEnv, workerEnv } from './worker-env.ts';

/** What a run happens on: all of it on this machine, all files in one temporary folder. */
export interface Stage {
  readonly folder: string;
  readonly orders: Orders;
  readonly redis: DurableRedis;
  readonly simulator: Simulator;
  readonly env: FerryEnv;
  readonly hosts: readonly Host[];
  /** Ends the servers; the folder stays when its logs are wanted. */
  close(keepFolder: boolean): Promise<void>;
}

export async function setStage(options: SoakOptions, path: string | undefined): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-soak-'));
  const shutdown = createShutdown();
  const close = async (keepFolder: boolean): Promise<void> => {
    await shutdown.run();
    if (!keepFolder) await rm(folder, { recursive: true, force: true });
  };
  try {
    const orders = await writeOrders(folder, options.images);
    const hosts = hostsOf(folder, options);
    const redis = await startDurableRedis({
      folder: join(folder, 'redis'),
      path,
      fsync: options.fsync,
      env: hosts[0]?.clock?.env ?? {},
    });
    shutdown.add('redis', () => redis.close());
    const simulator = await startSimulator({
      seed: options.seed,
      // What is hidden has to be under way for a while.
      durationMs: { median: options.flapping ? 4000 : 1500, sigma: 0.5 },
      // Below the places of the ledger, or a leak of places would not show.
      taskLimit: options.maxInFlight,
      imageQuota: 10 * options.images + 1000,
      logFile: join(folder, 'accepted.jsonl'),
      ...profileOf(options.faults).settings,
    });
    shutdown.add('simulator', () => simulator.close());
    const env = workerEnv(options, { simulator, redisUrl: redis.url });
    return { folder, orders, redis, simulator, env, hosts, close };
  } catch (error) {
    await close(false);
    throw error;
  }
}
