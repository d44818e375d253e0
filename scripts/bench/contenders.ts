import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { tokenOf } from '../../simulator/token-of.ts';
import { startPrivateRedis } from '../../src/shared/redis/private-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import {
  endWithUs,
  type FerryEnv,
  loginEnv,
  runFerry,
  startFerry,
  statusOf,
} from '../soak/ferry-process.ts';
import { writeOrders } from '../soak/orders.ts';
import { noteSizes } from './sizes.ts';

/** What one contender gets: a cloud of its own, and what to import into it. */
interface Lane {
  readonly simulator: Simulator;
  readonly images: number;
  /** Images in flight at once. */
  readonly limit: number;
  /** Its own, empty. */
  readonly folder: string;
}

interface Runner {
  /** When its processes were started, by the clock of the cloud. */
  readonly startedAt: number;
  /** How many images it knows to be done, once it has ended. */
  readonly ended: Promise<number>;
  /** Ends it, and everything that belongs to it. */
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  readonly isOurs: boolean;
  /** Settings of its cloud that differ from those of the others. */
  readonly cloud: SimulatorSettings;
  /** Its objects have sizes that explain the durations, and the ledger knows them. */
  readonly isSized?: boolean;
  readonly start: (lane: Lane) => Promise<Runner>;
}

const SILENT: SimulatorSettings = { tagsVisibleAt: 'end', jobProgress: false };

export const OURS: Contender = ours('ims-ferry, default settings', {});
/** What the calls of others are compared with. */
export const POLLER: Contender = poller('a script that polls every 10 s', 10_000);

export const CONTENDERS: readonly Contender[] = [
  OURS,
  ours('ims-ferry, 120 creates a minute', { IMS_FERRY_SUBMIT_RATE: '120' }),
  ours('ims-ferry, a cloud without progress and early tags', {}, SILENT),
  {
    ...ours('ims-ferry, the same with sizes that are known', {}, SILENT),
    isSized: true,
    start: (lane) => startOurs(lane, {}, true),
  },
  POLLER,
  poller('a script that polls every 5 s (packer for Amazon, KooCLI)', 5000),
  poller('a script that polls every second (Terraform for OTC)', 1000),
];

function ours(name: string, env: FerryEnv, cloud: SimulatorSettings = {}): Contender {
  return { name, isOurs: true, cloud, start: (lane) => startOurs(lane, env) };
}

function poller(name: string, everyMs: number): Contender {
  return { name, isOurs: false, cloud: {}, start: (lane) => startPoller(lane, everyMs) };
}

/** `submit --wait` and one `work`, with default settings but for the limit and these. */
async function startOurs(lane: Lane, settings: FerryEnv, isSized = false): Promise<Runner> {
  const { folder, images, limit, simulator } = lane;
  await mkdir(folder, { recursive: true });
  const orders = await writeOrders(folder, images);
  const { files, batches } = orders;
  const redis = await startPrivateRedis(process.env['PATH'], systemClock);
  const env = {
    ...loginEnv(simulator, redis.url),
    IMS_FERRY_MAX_IN_FLIGHT: String(limit),
    ...settings,
  };
  const logFile = join(folder, 'ferry.log');
  if (isSized) {
    await runFerry({ args: ['submit', '--no-check', ...files], env, logFile });
    await noteSizes(redis.url, orders, simulator.state.options.objects);
  }
  const startedAt = systemClock.now();
  const worker = startFerry({ args: ['work'], env, logFile });
  const submit = startFerry({ args: ['submit', '--wait', ...files], env, logFile });
  const succeeded = async (): Promise<number> => {
    const all = await Promise.all(batches.map((batch) => statusOf(batch, { env, logFile })));
    return all.reduce((sum, { counts }) => sum + counts.succeeded, 0);
  };
  return {
    startedAt,
    ended: submit.ended.then(succeeded),
    stop: async () => {
      for (const { child } of [submit, worker]) child.kill('SIGTERM');
      await Promise.all([submit.ended, worker.ended]);
      await redis.close();
    },
  };
}

const PLAIN = fileURLToPath(new URL('./plain-importer.ts', import.meta.url));

async function startPoller(lane: Lane, everyMs: number): Promise<Runner> {
  const { simulator, images, limit } = lane;
  // In the environment: everybody on the machine can read arguments.
  const TOKEN = await tokenOf(simulator);
  const { projectId } = simulator.state.options;
  const numbers = [String(images), String(limit)];
  const args = [PLAIN, String(everyMs), simulator.url, projectId, ...numbers];
  const startedAt = systemClock.now();
  const child = spawn(process.execPath, args, {
    env: { TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(child);
  const ended = text(child.stdout).then(Number);
  return { startedAt, ended, stop: async () => void child.kill('SIGKILL') };
}
