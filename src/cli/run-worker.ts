import type { Env } from '../shared/config/env-reader.ts';
import { safeRedisUrl } from '../shared/config/redis-config.ts';
import type { Logger } from '../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { createPoster } from '../shared/notify/post.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { watchGeneration } from '../worker/generation.ts';
import { Intents } from '../worker/intents.ts';
import type { Notifier } from '../worker/notify/notifier.ts';
import { pacedMembers, pacedWriter } from '../worker/paced-calls.ts';
import { PermissionRefusals } from '../worker/permission-refusals.ts';
import { RequestPace } from '../worker/request-pace.ts';
import { RestingClouds } from '../worker/resting-clouds.ts';
import { SharedLookUps } from '../worker/shared-look-ups.ts';
import {
  type LoginPatience,
  type RunningWorker,
  startWorker,
  type WorkerWiring,
} from '../worker/start-worker.ts';
import { watchedIms } from '../worker/watched-ims.ts';
import { type CloudSettings, openCloud } from './open/open-cloud.ts';
import type { OpenLedger } from './open/open-ledger.ts';
import { createOtherClouds } from './open/other-clouds.ts';

/** The settings of a worker for one cloud. */
interface WorkerSettings extends CloudSettings {
  readonly heartbeatFile?: string;
}

/** What a worker runs on. */
export interface WorkerEnv {
  readonly open: OpenLedger;
  /** Where clouds.yaml is found. */
  readonly env: Env;
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly onFatal: (error: Error) => void;
  /** How to wait for IAM at the start; absent: an IAM that does not answer ends the worker. */
  readonly patience?: LoginPatience;
}

/** Wires a worker to an open ledger and starts it. */
export async function startWorkerOn(
  options: WorkerSettings,
  on: WorkerEnv,
): Promise<RunningWorker> {
  return startWorker(await wireWorker(options, on));
}

/** Everything a worker needs, over an open ledger. */
export async function wireWorker(options: WorkerSettings, on: WorkerEnv): Promise<WorkerWiring> {
  const { config, heartbeatFile } = options;
  const { open, log, onFatal, patience, metrics = NO_METRICS } = on;
  const { ims, sessions, members, writer } = openCloud(options, open, { log, metrics });
  const others = createOtherClouds({ config, env: on.env, open, log, metrics });
  const { ledger, batches, project, guard, queues, clock, traces, fitness } = open;
  const workerId = systemRandom.id(9);
  const { authUrl, project: of, enterpriseProjectId } = options.cloud;
  const account = `${authUrl} ${of?.id ?? of?.name}`;
  const where = { ledger: `${safeRedisUrl(config.redisUrl)} ${config.namespace} ${account}` };
  const generation = await watchGeneration(
    omitUndefined({ ...where, workerId, clock, log, folder: config.stateDir }),
  );
  reportFitness(open, { log, metrics });
  const workers = async (): Promise<number> => (await project.fleet(clock.now())).workers;
  const pace = new RequestPace({ budget: project.rateLimit, clock, log, workers });
  const deps = omitUndefined({
    ...{ ledger, batches, project, guard, queues, traces, fitness, generation },
    ...{ config, log, metrics, workerId, pace, sessions, others, enterpriseProjectId },
    members: pacedMembers(members, { pace, clock }),
    writer: pacedWriter(writer, { pace, clock }),
    clock: open.time,
    random: systemRandom,
    ims: watchedIms(ims, { pace, project, clock, log }),
    lookUps: new SharedLookUps(),
    refusals: new PermissionRefusals(clock),
    resting: new RestingClouds(),
    notifier: notifierOf(config, { clock }),
    intents: new Intents({
      ...{ redis: open.redis, connect: open.connect, clock, log },
      keyOf: ({ key }) => ledger.keys.import(key),
    }),
  });
  const { connect, onReconnect } = open;
  return omitUndefined({ deps, connect, onReconnect, onFatal, patience, heartbeatFile });
}

function notifierOf(
  { notify, cloud }: CloudSettings['config'],
  { clock }: Pick<OpenLedger, 'clock'>,
): Notifier | undefined {
  const { targets } = notify;
  if (targets.length === 0) return undefined;
  return omitUndefined({ targets, cloud, poster: createPoster({ ...notify, clock }) });
}

/** Logs and counts when Redis becomes unfit, and when it is fit again. */
function reportFitness(
  { fitness, guard }: OpenLedger,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): void {
  let last: string | undefined;
  fitness.listen(({ unfit, evicted }) => {
    metrics.redisUnfit(unfit?.code);
    if (evicted > 0) {
      log.error({ evicted }, 'Redis has evicted keys: images may be missing from the ledger');
      void guard.freezeAtNextReport().catch(() => undefined);
    }
    if (unfit?.code === last) return;
    last = unfit?.code;
    if (unfit) log.error(unfit, 'Redis is unfit, nothing is created');
    else log.info('Redis is fit again, creates resume');
  });
}
