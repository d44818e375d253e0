import { join } from 'node:path';
import { BatchLedger } from '../../../src/shared/ledger/batch-ledger.ts';
import { ledgerKeys } from '../../../src/shared/ledger/ledger-keys.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import type { SimulatorSettings } from '../../../src/simulator/settings.ts';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import { runFerry, startFerry } from '../../soak/ferry-process.ts';
import { writeOrders } from '../../soak/orders.ts';
import type { FerryEnv } from '../../soak/worker-env.ts';
import { benchRedis } from '../bench-redis.ts';
import { ferryEnv } from '../ferry-env.ts';
import { cpuSeconds, peakMb } from '../process-cost.ts';
import { RedisProbe } from '../redis-probe.ts';

export interface FerryRun {
  readonly images: number;
  readonly seconds: number;
  /** Of all workers together. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly redisCommands: number;
  readonly logins: number;
  /** Requests by what they were for. */
  readonly calls: Readonly<Record<string, number>>;
}

export interface Wanted {
  readonly folder: string;
  readonly path: string;
  readonly images: number;
  /** Measured is until so many are done, while the others wait. @default all */
  readonly measured?: number;
  readonly workers?: number;
  readonly simulator?: SimulatorSettings;
  readonly env?: FerryEnv;
  /** Settings of the workers alone. */
  readonly ofWorkers?: FerryEnv;
}

/** Nothing waits but for what is measured. */
export const FLAT_OUT: FerryEnv = {
  IMS_FERRY_MAX_IN_FLIGHT: '1000',
  IMS_FERRY_SUBMIT_CONCURRENCY: '50',
  IMS_FERRY_SUBMIT_RATE: '0',
  IMS_FERRY_POLL_INITIAL_MS: '10',
  IMS_FERRY_POLL_MIN_MS: '10',
  IMS_FERRY_POLL_MAX_MS: '1000',
  IMS_FERRY_UNKNOWN_POLICY: 'hold',
};

/** Enqueues all images, then lets the workers loose, and measures until the last one is recorded. */
export async function ferryRun(wanted: Wanted): Promise<FerryRun> {
  const { folder, path, images, measured = images, workers = 1 } = wanted;
  const redis = await benchRedis(path);
  const simulator = await startSimulator({
    durationMs: 0,
    taskLimit: 100_000,
    imageQuota: 10_000_000,
    ...wanted.simulator,
  });
  const probe = new RedisProbe(redis.url);
  const logFile = join(folder, 'ferry.log');
  const env = ferryEnv(simulator, redis.url, { ...FLAT_OUT, ...wanted.env });
  try {
    const orders = await writeOrders(folder, images);
    await runFerry({ args: ['submit', ...orders.files], env, logFile });
    const before = await probe.commands();
    const start = systemClock.monotonic();
    const fleet = Array.from({ length: workers }, () =>
      startFerry({ args: ['work'], env: { ...env, ...wanted.ofWorkers }, logFile }),
    );
    const lookedAt = await untilDone(probe, orders.batches, measured);
    const seconds = (systemClock.monotonic() - start) / 1000;
    const redisCommands = (await probe.commands()) - before - lookedAt;
    const pids = fleet.map(({ child }) => child.pid);
    const cpu = pids.reduce((sum: number, pid) => sum + cpuSeconds(pid), 0);
    const memory = Math.max(...pids.map(peakMb));
    for (const { child } of fleet) child.kill('SIGTERM');
    await Promise.all(fleet.map(({ ended }) => ended));
    const calls = { ...simulator.stats.calls };
    const logins = calls['login'] ?? 0;
    return {
      images: measured,
      seconds,
      cpuSeconds: cpu,
      peakMb: memory,
      redisCommands,
      logins,
      calls,
    };
  } finally {
    probe.close();
    await simulator.close();
    await redis.close();
  }
}

/** Answers how many commands the looking has cost. */
async function untilDone(
  probe: RedisProbe,
  batches: readonly string[],
  images: number,
): Promise<number> {
  const ledger = new BatchLedger(probe.client, ledgerKeys('default'));
  for (let looks = 1; ; looks += 1) {
    const all = await Promise.all(batches.map((batch) => ledger.summary(batch)));
    const done = all.reduce((sum, one) => sum + (one?.counts.succeeded ?? 0), 0);
    if (done >= images) return looks * batches.length + 1;
    await systemClock.sleep(50);
  }
}
