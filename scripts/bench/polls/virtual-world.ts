import { createHttp, type Http } from '../../../src/shared/cloud/http/http.ts';
import type { Session } from '../../../src/shared/cloud/ims/ims-answers.ts';
import { createImsClient } from '../../../src/shared/cloud/ims/ims-client.ts';
import { loadConfig } from '../../../src/shared/config/load-config.ts';
import { BatchLedger } from '../../../src/shared/ledger/batch-ledger.ts';
import { BudgetLedger } from '../../../src/shared/ledger/budget-ledger.ts';
import { DurationLedger } from '../../../src/shared/ledger/duration-ledger.ts';
import { Ledger } from '../../../src/shared/ledger/ledger.ts';
import { LedgerGuard } from '../../../src/shared/ledger/ledger-guard.ts';
import { LedgerHealer } from '../../../src/shared/ledger/ledger-healer.ts';
import { ledgerKeys } from '../../../src/shared/ledger/ledger-keys.ts';
import { ProjectLedger } from '../../../src/shared/ledger/project-ledger.ts';
import { Sightings } from '../../../src/shared/ledger/sightings.ts';
import { silentLogger } from '../../../src/shared/log/logger.ts';
import { NO_METRICS } from '../../../src/shared/metrics/metrics.ts';
import type { Queues, Trigger } from '../../../src/shared/queues/queues.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../../src/shared/runtime/random.ts';
import { createShutdown } from '../../../src/shared/runtime/shutdown.ts';
import { NO_TRACES } from '../../../src/shared/tracing/traces.ts';
import type { SimulatorSettings } from '../../../src/simulator/settings.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/start-simulator.ts';
import { Intents } from '../../../src/worker/intents.ts';
import { SharedLookUps } from '../../../src/worker/look-up.ts';
import { RequestPace } from '../../../src/worker/request-pace.ts';
import { PermissionRefusals } from '../../../src/worker/settle-answer.ts';
import type { WorkerDeps } from '../../../src/worker/step.ts';
import { benchRedis } from '../bench-redis.ts';
import { RedisProbe } from '../redis-probe.ts';
import { tokenOf } from '../token-of.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface World {
  readonly deps: WorkerDeps;
  readonly simulator: Simulator;
  readonly session: Session;
  close(): Promise<unknown>;
}

export interface WorldWishes {
  readonly path: string;
  readonly time: VirtualTime;
  readonly simulator: SimulatorSettings;
  /** What the queue of polls is replaced by. */
  readonly onPoll: (trigger: Trigger, delayMs: number) => void;
}

/** The real ledger and the real worker's steps, over a cloud and a queue that live in virtual time. */
export async function openWorld(wishes: WorldWishes): Promise<World> {
  const { path, time } = wishes;
  const shutdown = createShutdown();
  const redis = await benchRedis(path);
  shutdown.add('redis', () => redis.close());
  const probe = new RedisProbe(redis.url);
  shutdown.add('probe', () => probe.close());
  const simulator = await startSimulator(
    { tokenLifeMs: 10 ** 12, imageQuota: 10 ** 6, ...wishes.simulator },
    time.clock,
  );
  shutdown.add('simulator', () => simulator.close());
  const session = await sessionOf(simulator);
  const http = createHttp({ clock: systemClock, allowHttp: true });
  shutdown.add('http', () => http.close());
  const deps = depsOf(wishes, { probe, http, session });
  return { deps, simulator, session, close: () => shutdown.run() };
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
  readonly probe: RedisProbe;
  readonly http: Http;
  readonly session: Session;
}

function depsOf({ time, onPoll }: WorldWishes, { probe, http, session }: Parts): WorkerDeps {
  const config = loadConfig({ IMS_FERRY_NAMESPACE: 'bench' });
  const keys = ledgerKeys(config.namespace);
  const { client } = probe;
  const { clock } = time;
  const log = silentLogger();
  const sessions = { get: async () => session, invalidate: async () => undefined };
  const budget = new BudgetLedger(client, keys);
  return {
    config,
    ledger: new Ledger(client, keys),
    batches: new BatchLedger(client, keys),
    project: new ProjectLedger(client, keys),
    guard: new LedgerGuard(client, keys),
    healer: new LedgerHealer(client, keys),
    durations: new DurationLedger(client, keys, clock),
    sightings: new Sightings(client, keys),
    pace: new RequestPace({ budget, clock, log, workers: async () => 1 }),
    lookUps: new SharedLookUps(),
    refusals: new PermissionRefusals(clock),
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
