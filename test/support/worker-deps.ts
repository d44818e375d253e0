import type { ImsClient, ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { importKey, MARKER_TAG_KEY } from '../../src/shared/image/import-key.ts';
import { createFleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { openStores } from '../../src/shared/ledger/stores.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { NO_METRICS } from '../../src/shared/metrics/metrics.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { NO_TRACES } from '../../src/shared/tracing/traces.ts';
import { Intents } from '../../src/worker/intents.ts';
import { PermissionRefusals } from '../../src/worker/permission-refusals.ts';
import { RequestPace } from '../../src/worker/request-pace.ts';
import { RestingClouds } from '../../src/worker/resting-clouds.ts';
import { SharedLookUps } from '../../src/worker/shared-look-ups.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from './images.ts';
import type { UsedRedis } from './use-redis.ts';

const PROJECT = 'p'.repeat(32);
const SESSION = {
  authorize: () => ({ 'x-auth-token': 't' }),
  fingerprint: 'f',
  projectId: PROJECT,
  imsEndpoint: 'https://ims.test',
  expiresAt: Number.MAX_SAFE_INTEGER,
};
const NOTHING = {
  kind: 'failed',
  throttled: false,
  code: 'X',
  message: 'not part of this test',
} as const;

/** What a worker works with: a real ledger, and an IMS that answers as the test says. */
export async function workerDeps(redis: UsedRedis, ims: Partial<ImsClient>): Promise<WorkerDeps> {
  const keys = ledgerKeys('worker-test');
  const answers: ImsClient = {
    submit: async () => ({ kind: 'unclear', code: 'X', message: 'not part of this test' }),
    job: async () => NOTHING,
    image: async () => NOTHING,
    images: async () => NOTHING,
    quota: async () => NOTHING,
    ...ims,
  };
  const stores = openStores(redis.client, keys);
  const clock = await createFleetClock(redis.client, systemClock, keys);
  const log = silentLogger();
  return {
    config: loadConfig({ IMS_FERRY_NAMESPACE: 'worker-test' }),
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
      redis: redis.client,
      connect: async () => redis.client.duplicate(),
      clock,
      log,
      keyOf: ({ key }) => keys.import(key),
    }),
    fitness: { look: async () => undefined },
    queues: new Queues(redis.client, 'worker-test'),
    ims: answers,
    writer: { write: async () => NOTHING },
    members: { list: async () => NOTHING, add: async () => NOTHING },
    others: {
      of: async () => Promise.reject(new Error('not part of this test')),
      close: async () => undefined,
    },
    sessions: { get: async () => SESSION, invalidate: async () => undefined },
    clock,
    random: seededRandom(1),
    log,
    metrics: NO_METRICS,
    traces: NO_TRACES,
    workerId: 'w',
    stopping: new AbortController().signal,
  };
}

/** An image in the list that carries the marker of the image request `name`. */
export function markedImage(name: string, fields: Partial<ImsImage> = {}): ImsImage {
  const request = imageRequest(name);
  return {
    id: `of-${name}`,
    name,
    status: 'active',
    owner: PROJECT,
    tags: [`${MARKER_TAG_KEY}=${importKey(request)}`],
    createdAt: 0,
    dataOrigin: `file,${request.image_url}`,
    ...fields,
  };
}
