import { safeRedisUrl } from '../shared/config/redis-url.ts';
import type { Logger } from '../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { watchGeneration } from '../worker/generation.ts';
import { Intents } from '../worker/intents.ts';
import { SharedLookUps } from '../worker/look-up.ts';
import { RequestPace } from '../worker/request-pace.ts';
import { PermissionRefusals } from '../worker/settle-answer.ts';
import {
  type LoginPatience,
  type RunningWorker,
  startWorker,
  type WorkerWiring,
} from '../worker/start-worker.ts';
import { watchedIms } from '../worker/watched-ims.ts';
import { openCloud } from './open-cloud.ts';
import type { OpenLedger } from './open-ledger.ts';
import type { CloudSettings } from './settings.ts';
import { tellFitness } from './tell-fitness.ts';

/** A worker for one cloud. */
export interface WorkerSettings extends CloudSettings {
  readonly heartbeatFile?: string;
}

export interface On {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly onFatal: (error: Error) => void;
  /** Absent: a troubled IAM is the end. */
  readonly patience?: LoginPatience;
}

/** Wires a worker to an open ledger and starts it; also used by `demo`. */
export async function startWorkerOn(options: WorkerSettings, on: On): Promise<RunningWorker> {
  return startWorker(await wireWorker(options, on));
}

/** Everything that a worker works with, over an open ledger. */
export async function wireWorker(options: WorkerSettings, on: On): Promise<WorkerWiring> {
  const { config, heartbeatFile } = options;
  const { open, log, onFatal, metrics = NO_METRICS } = on;
  const { ims, sessions } = openCloud(options, open, { log, metrics });
  const { ledger, batches, project, guard, healer, queues, clock, traces } = open;
  const { budget, durations, sightings, fitness } = open;
  const workerId = systemRandom.id(9);
  const { authUrl, project: its, enterpriseProjectId } = options.cloud;
  const account = `${authUrl} ${its?.id ?? its?.name}`;
  const generation = await watchGeneration({
    ledger: `${safeRedisUrl(config.redisUrl)} ${config.namespace} ${account}`,
    workerId,
    clock,
    log,
    ...(config.stateDir === undefined ? {} : { folder: config.stateDir }),
  });
  tellFitness(open, { log, metrics });
  const workers = async (): Promise<number> => (await project.fleet(clock.now())).workers;
  const pace = new RequestPace({ budget, clock, log, workers });
  const parts = {
    ledger,
    batches,
    project,
    guard,
    healer,
    queues,
    traces,
    clock: open.time,
    ims: watchedIms(ims, { pace, project, clock, log }),
    pace,
    lookUps: new SharedLookUps(),
    refusals: new PermissionRefusals(clock),
    durations,
    sightings,
    sessions,
    ...(enterpriseProjectId === undefined ? {} : { enterpriseProjectId }),
    generation,
    intents: new Intents({
      redis: open.redis,
      connect: open.connect,
      clock,
      log,
      keyOf: ({ key }) => ledger.keys.import(key),
    }),
    fitness,
  };
  return {
    deps: { ...parts, config, log, metrics, workerId, random: systemRandom },
    connect: open.connect,
    onReconnect: open.onReconnect,
    onFatal,
    ...(on.patience === undefined ? {} : { patience: on.patience }),
    ...(heartbeatFile === undefined ? {} : { heartbeatFile }),
  };
}
