import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../../simulator/start-simulator.ts';
import { createShutdown } from '../../src/shared/runtime/shutdown.ts';
import { startDurableRedis } from './durable-redis.ts';
import { profileOf } from './fault-profile.ts';
import { type FerryEnv, loginEnv } from './ferry-process.ts';
import { hostsOf } from './hosts.ts';
import type { SoakOptions } from './options.ts';
import { writeOrders } from './orders.ts';

export type Stage = Awaited<ReturnType<typeof setStage>>;

/** Everything that a run needs: all on this machine, all files in one temporary folder. */
export async function setStage(options: SoakOptions, path: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-soak-'));
  const shutdown = createShutdown();
  /** Ends the servers; keeps the folder when its logs are needed. */
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
      // An image that is hidden has to be in progress for a while.
      durationMs: { median: options.flapping ? 4000 : 1500, sigma: 0.5 },
      // As few as the ledger has places: a leak of places shows as a refused create.
      taskLimit: options.maxInFlight,
      imageQuota: 10 * options.images + 1000,
      logFile: join(folder, 'accepted.jsonl'),
      ...profileOf(options.faults).settings,
    });
    shutdown.add('simulator', () => simulator.close());
    const env = { ...loginEnv(simulator, redis.url), ...settingsOf(options) };
    return { folder, orders, redis, simulator, env, hosts, close };
  } catch (error) {
    await close(false);
    throw error;
  }
}

/** Seconds for what takes minutes in an account. */
function settingsOf(options: SoakOptions): FerryEnv {
  return {
    IMS_FERRY_NAMESPACE: 'soak',
    IMS_FERRY_UNKNOWN_POLICY: options.policy,
    IMS_FERRY_UNKNOWN_WINDOW_MS: String(options.windowMs),
    IMS_FERRY_MAX_IN_FLIGHT: String(options.maxInFlight),
    IMS_FERRY_SUBMIT_RATE: String(options.rate),
    IMS_FERRY_LOCK_MS: String(options.lockMs),
    IMS_FERRY_POLL_INITIAL_MS: '500',
    IMS_FERRY_POLL_MIN_MS: '200',
    IMS_FERRY_POLL_MAX_MS: '1000',
  };
}
