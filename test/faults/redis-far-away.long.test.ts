import { Queue, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../src/shared/redis/connect.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { startFerry } from '../support/ferry.ts';
import { behindProxy, expectOnce, imagesOf, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

interface FaultCase {
  readonly what: string;
  readonly images: number;
  /** Makes it bad; answers what ends that, where something has to. */
  readonly harm: (proxy: FaultProxy) => (() => Promise<void>) | undefined;
}

/** Twelve resets, at pieces of answers that a seed has drawn. */
function resetByChance(proxy: FaultProxy): () => Promise<void> {
  const random = seededRandom(21);
  const running = (async () => {
    for (let reset = 0; reset < 12; reset += 1) {
      const piece = proxy.passed() + 40 * random.next();
      await until(() => proxy.passed() > piece);
      proxy.resetAll();
    }
  })();
  return () => running;
}

const FAULTS: readonly FaultCase[] = [
  {
    what: 'late-by-300-ms',
    images: 6,
    harm: (proxy) => {
      proxy.set({ latencyMs: 280, jitterMs: 40 });
      return undefined;
    },
  },
  {
    what: 'up-and-down',
    images: 15,
    harm: (proxy) => proxy.flap({ upPieces: 150, downMs: 200 }).stop,
  },
  {
    what: 'answers-lost-after-the-write',
    images: 20,
    harm: (proxy) => {
      proxy.set({ loseAnswers: 0.03 });
      return undefined;
    },
  },
  { what: 'resets-by-chance', images: 20, harm: (proxy) => resetByChance(proxy) },
];

test('a way to Redis that is slow, flaps, is reset or loses answers: nothing twice', () =>
  together(FAULTS, async ({ what, images, harm }) => {
    const simulator = await cloud({ duration: 300, latencyMs: 40 });
    const proxy = await faultProxy(redis.url, 21);
    const env = accountEnv(simulator, redis.url, {
      ...SHORT_WINDOW,
      IMS_FERRY_NAMESPACE: what,
      IMS_FERRY_MAX_IN_FLIGHT: '8',
      IMS_FERRY_LOCK_MS: '4000',
    });
    const worker = startFerry(['work'], { ...env, REDIS_URL: `redis://${proxy.host}` });
    await worker.says('worker started');
    const end = harm(proxy);
    expectOnce(simulator, images, await submitAll(what, images, env));
    await end?.();
  }));

test('a worker that Redis cannot hear keeps the job ids and writes them down later', async () => {
  const simulator = await cloud({ duration: 300 });
  const proxy = await faultProxy(redis.url);
  const wayToCloud = await faultProxy(simulator.url);
  // No create becomes unclear, however slow the machine is: there is one worker, and it has the answers.
  const env = behindProxy(simulator, wayToCloud, {
    redisUrl: redis.url,
    env: {
      IMS_FERRY_NAMESPACE: 'partition',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '600000',
      IMS_FERRY_POST_TIMEOUT_MS: '200000',
    },
  });
  const worker = startFerry(['work'], { ...env, REDIS_URL: `redis://${proxy.host}` });
  await worker.says('worker started');
  const answers = Promise.withResolvers<void>();
  const held = { fault: 'late', until: answers.promise } as const;
  wayToCloud.plan({ ...held, method: 'POST', path: /action/, count: 4 });
  const waiting = submitAll('partition', 4, env);
  await until(() => simulator.accepted.length === 4);
  proxy.set({ blackhole: true });
  answers.resolve();
  // Longer than the locks of its queue jobs.
  const locks = () => redis.client.keys('{imsferry:partition}*:lock');
  await until(async () => (await locks()).length === 0);
  const unwritten = (await imagesOf('partition', env)).map(({ job_id }) => job_id);
  expect(unwritten).toEqual([null, null, null, null]);
  proxy.heal();
  expectOnce(simulator, 4, await waiting);
  const recorded = (await imagesOf('partition', env)).map(({ job_id }) => job_id);
  expect(recorded.toSorted()).toEqual(simulator.accepted.map(({ job_id }) => job_id).toSorted());
});

test('a queue worker whose first connection is reset takes queue jobs all the same', async () => {
  const proxy = await faultProxy(redis.url);
  const connection = await connectRedis(`redis://${proxy.host}`, {
    connectTimeoutMs: 5000,
    wait: true,
    onWaiting: () => undefined,
    clock: systemClock,
  });
  onTestFinished(() => connection.disconnect());
  proxy.set({ resetAfterBytes: 0 });
  const taken: string[] = [];
  const worker = new Worker('first-reset', async ({ name }) => taken.push(name), { connection });
  worker.on('error', () => undefined);
  const before = proxy.connections();
  await until(() => proxy.connections() > before + 2);
  proxy.heal();
  const queue = new Queue('first-reset', { connection: redis.client });
  // The second one is waited for on a connection that BullMQ makes for itself.
  for (const name of ['one', 'two', 'three']) {
    const drained = new Promise<void>((resolve) => worker.once('drained', resolve));
    await queue.add(name, {});
    await drained;
    expect(taken).toContain(name);
  }
  await queue.close();
  await worker.close();
});
