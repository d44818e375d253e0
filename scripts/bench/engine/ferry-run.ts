import { join } from 'node:path';
import { BatchStore } from '../../../src/shared/ledger/batch-store.ts';
import { ledgerKeys } from '../../../src/shared/ledger/ledger-keys.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import type { SimulatorSettings } from '../../../src/simulator/settings.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/start-simulator.ts';
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
  /** Requests by what they were for. */
  readonly calls: Readonly<Record<string, number>>;
}

export interface Wanted {
  readonly folder: string;
  readonly path: string;
  readonly images: number;
  /** Measured is from when so many are done. @default 0: from the start of the workers */
  readonly warmUp?: number;
  /** Measured are so many after that, while the others wait. @default all */
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
  const { folder, path, images, warmUp = 0, measured = images - warmUp, workers = 1 } = wanted;
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
    const { files, batches } = await writeOrders(folder, images);
    await runFerry({ args: ['submit', ...files], env, logFile });
    const fleet = Array.from({ length: workers }, () =>
      startFerry({ args: ['work'], env: { ...env, ...wanted.ofWorkers }, logFile }),
    );
    const pids = fleet.map(({ child }) => child.pid);
    const looks = new Looks(probe, batches);
    const usedNow = () => used({ probe, looks, simulator, pids });
    if (warmUp > 0) await looks.untilDone(warmUp);
    const before = await usedNow();
    await looks.untilDone(warmUp + measured);
    const after = await usedNow();
    const memory = Math.max(...pids.map(peakMb));
    for (const { child } of fleet) child.kill('SIGTERM');
    await Promise.all(fleet.map(({ ended }) => ended));
    return { images: measured, ...difference(before, after), peakMb: memory };
  } finally {
    probe.close();
    await simulator.close();
    await redis.close();
  }
}

interface Measuring {
  readonly probe: RedisProbe;
  readonly looks: Looks;
  readonly simulator: Simulator;
  readonly pids: readonly (number | undefined)[];
}

type Used = Omit<FerryRun, 'images' | 'peakMb'>;

/** What everything has cost until now. */
async function used({ probe, looks, simulator, pids }: Measuring): Promise<Used> {
  return {
    seconds: systemClock.monotonic() / 1000,
    cpuSeconds: pids.reduce((sum: number, pid) => sum + cpuSeconds(pid), 0),
    redisCommands: (await probe.commands()) - looks.commands,
    calls: { ...simulator.stats.calls },
  };
}

function difference(before: Used, after: Used): Used {
  const calls = Object.fromEntries(
    Object.entries(after.calls).map(([what, count]) => [what, count - (before.calls[what] ?? 0)]),
  );
  return {
    seconds: after.seconds - before.seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    redisCommands: after.redisCommands - before.redisCommands,
    calls,
  };
}

/** Looks at the ledger until images are done, and knows how many commands that has cost. */
class Looks {
  readonly #ledger: BatchStore;
  readonly #batches: readonly string[];
  #commands = 0;

  constructor({ client }: RedisProbe, batches: readonly string[]) {
    this.#ledger = new BatchStore(client, ledgerKeys('default'));
    this.#batches = batches;
  }

  get commands(): number {
    return this.#commands;
  }

  async untilDone(images: number): Promise<void> {
    for (;;) {
      const all = await Promise.all(this.#batches.map((batch) => this.#ledger.summary(batch)));
      this.#commands += this.#batches.length;
      const done = all.reduce((sum, one) => sum + (one?.counts.succeeded ?? 0), 0);
      if (done >= images) return;
      await systemClock.sleep(50);
    }
  }
}
