import { safeRedisUrl } from '../shared/config/redis-url.ts';
import type { Logger } from '../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { SharedLooks } from '../worker/follow/shared-looks.ts';
import { foreignWatch } from '../worker/foreign-watch.ts';
import { watchGeneration } from '../worker/guard/generation-watch.ts';
import { Intents } from '../worker/guard/intents.ts';
import { pacedIms, RequestPace } from '../worker/pace/request-pace.ts';
import { refusalWatch } from '../worker/refusal-watch.ts';
import { type RunningWorker, startWorker, type WorkerWiring } from '../worker/start-worker.ts';
import { PermissionDoubts } from '../worker/submit/permission-doubts.ts';
import type { LoginPatience } from '../worker/worker-login.ts';
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
  const { ledger, batches, project, guard, queues, clock, traces } = open;
  const { fitness } = open;
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
  const pace = new RequestPace({ budget: project.rateLimit, clock, log, workers });
  const parts = {
    ledger,
    batches,
    project,
    guard,
    queues,
    traces,
    clock: open.time,
    ims: refusalWatch(foreignWatch(pacedIms(ims, pace), { project, log }), { project, clock, log }),
    pace,
    looks: new SharedLooks(),
    doubts: new PermissionDoubts(clock),
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
