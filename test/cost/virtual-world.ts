import { Redis } from 'ioredis';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { tokenOf } from '../../simulator/token-of.ts';
import { createHttp, type Http } from '../../src/shared/cloud/http/http.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import { createReader } from '../../src/shared/cloud/ims/ims-reader.ts';
import { createWriter } from '../../src/shared/cloud/ims/ims-writer.ts';
import { createMembers } from '../../src/shared/cloud/ims/members.ts';
import type { Session } from '../../src/shared/cloud/session/session.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { openStores } from '../../src/shared/ledger/stores.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { NO_METRICS } from '../../src/shared/metrics/metrics.ts';
import type { Queues, Trigger } from '../../src/shared/queues/queues.ts';
import { startPrivateRedis } from '../../src/shared/redis/private-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { createShutdown } from '../../src/shared/runtime/shutdown.ts';
import { NO_TRACES } from '../../src/shared/tracing/traces.ts';
import { Intents } from '../../src/worker/intents.ts';
import { PermissionRefusals } from '../../src/worker/permission-refusals.ts';
import { RequestPace } from '../../src/worker/request-pace.ts';
import { RestingClouds } from '../../src/worker/resting-clouds.ts';
import { SharedLookUps } from '../../src/worker/shared-look-ups.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface World {
  readonly deps: WorkerDeps;
  readonly simulator: Simulator;
  readonly session: Session;
  readonly client: Redis;
  close(): Promise<unknown>;
}

export interface WorldWishes {
  readonly path: string;
  readonly time: VirtualTime;
  readonly simulator: SimulatorSettings;
  /** Replaces the queue of polls. */
  readonly onPoll: (trigger: Trigger, delayMs: number) => void;
}

/** The real ledger and the real worker's steps, over a cloud and a queue that live in virtual time. */
export async function openWorld(wishes: WorldWishes): Promise<World> {
  const { path, time } = wishes;
  const shutdown = createShutdown();
  const redis = await startPrivateRedis(path, systemClock);
  shutdown.add('redis', () => redis.close());
  const client = new Redis(redis.url.replace('unix://', ''), { maxRetriesPerRequest: null });
  shutdown.add('client', () => client.disconnect());
  const simulator = await startSimulator(
    { tokenLifeMs: 10 ** 12, imageQuota: 10 ** 6, ...wishes.simulator },
    time.clock,
  );
  shutdown.add('simulator', () => simulator.close());
  const session = await sessionOf(simulator);
  const http = createHttp({ clock: systemClock, allowHttp: true });
  shutdown.add('http', () => http.close());
  const deps = depsOf(wishes, { client, http, session });
  return { deps, simulator, session, client, close: () => shutdown.run() };
}

async function sessionOf(simulator: Simulator): Promise<Session> {
  const token = await tokenOf(simulator);
  return {
    authorize: () => ({ 'x-auth-token': token }),
    fingerprint: 'bench',
    projectId: simulator.state.options.projectId,
    imsEndpoint: simulator.url,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

interface Parts {
  readonly client: Redis;
  readonly http: Http;
  readonly session: Session;
}

function depsOf({ time, onPoll }: WorldWishes, { client, http, session }: Parts): WorkerDeps {
  const config = loadConfig({ IMS_FERRY_NAMESPACE: 'bench' });
  const keys = ledgerKeys(config.namespace);
  const { clock } = time;
  const stores = openStores(client, keys, clock);
  const log = silentLogger();
  const sessions = { get: async () => session, invalidate: async () => undefined };
  return {
    config,
    ...stores,
    pace: new RequestPace({ budget: stores.project.rateLimit, clock, log, workers: async () => 1 }),
    lookUps: new SharedLookUps(),
    refusals: new PermissionRefusals(clock),
    resting: new RestingClouds(),
    generation: {
      seen: 0,
      isKept: true,
      note: async () => true,
      learnFrom: async () => [],
      close: async () => undefined,
    },
    intents: new Intents({
      redis: client,
      connect: async () => client.duplicate(),
      clock,
      log,
      keyOf: ({ key }) => keys.import(key),
    }),
    fitness: { look: async () => undefined },
    queues: virtualQueues(time, onPoll),
    ims: createImsClient({ http, sessions, jobApi: 'project' }),
    sessions,
    writer: createWriter(http, sessions),
    members: createMembers(createReader(http, sessions), createWriter(http, sessions)),
    others: { of: () => Promise.reject(new Error('no cloud')), close: async () => undefined },
    clock,
    random: seededRandom(1),
    log,
    metrics: NO_METRICS,
    traces: NO_TRACES,
    workerId: 'bench',
    stopping: new AbortController().signal,
  };
}

/** What BullMQ does for polls, in virtual time: a job at a time, and no earlier than it is due. */
function virtualQueues(time: VirtualTime, onPoll: WorldWishes['onPoll']): Queues {
  const queues: Pick<Queues, 'addPoll' | 'promote'> = {
    addPoll: async (trigger, delayMs) => onPoll(trigger, delayMs),
    promote: async (trigger) => {
      time.promote(trigger.key);
      return true;
    },
  };
  return queues as Queues;
}
