import type { StatusDeps } from '../producer/batch-status.ts';
import type { Config } from '../shared/config/config.ts';
import { createFleetClock, type FleetClock } from '../shared/ledger/fleet-clock.ts';
import { ledgerKeys } from '../shared/ledger/ledger-keys.ts';
import { openStores, type Stores } from '../shared/ledger/stores.ts';
import { createLogger } from '../shared/log/logger.ts';
import { Queues } from '../shared/queues/queues.ts';
import { judgeStart } from '../shared/redis/check-redis.ts';
import { connectRedis } from '../shared/redis/connect.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { type RedisFacts, readFacts } from '../shared/redis/redis-facts.ts';
import { RedisFitness } from '../shared/redis/redis-fitness.ts';
import { whyUnfit } from '../shared/redis/redis-unfit.ts';
import { type Clock, systemClock } from '../shared/runtime/clock.ts';
import { createShutdown } from '../shared/runtime/shutdown.ts';
import { openTraces } from '../shared/tracing/open-traces.ts';
import type { Traces } from '../shared/tracing/traces.ts';
import type { Io } from './io.ts';

/** Redis and everything of ours that lives in it. */
export interface OpenLedger extends StatusDeps, Stores {
  readonly redis: RedisConnection;
  readonly queues: Queues;
  readonly traces: Traces;
  readonly fitness: RedisFitness;
  /** For people. */
  readonly clock: Clock;
  /** For whatever protects. */
  readonly time: FleetClock;
  readonly lockMs: number;
  /** Calls the listener whenever the connection stands again. */
  onReconnect(listener: () => void): void;
  /** One more connection to the same Redis. */
  connect(): Promise<RedisConnection>;
  close(): Promise<readonly string[]>;
}

export interface Opening {
  /** As long as it takes. */
  readonly wait: boolean;
  /** Shows only: a Redis that must not be written to is shown as it is, with what is wrong. */
  readonly isReader?: boolean;
}

/**
 * Connects to Redis, checks that it is fit, and opens the ledger and the queues.
 * @throws RedisError when it cannot be reached in time (`wait`: never) or must not be used
 * @throws LedgerMismatchError when a newer version has written the ledger
 */
export async function openLedger(
  config: Config,
  { wait, isReader = false }: Opening,
  io: Io,
): Promise<OpenLedger> {
  const shutdown = createShutdown();
  const say = onceAMinute((line) => io.err(line));
  const connect = (): Promise<RedisConnection> =>
    connectRedis(config.redisUrl, {
      connectTimeoutMs: config.connectTimeoutMs,
      access: config.redis,
      wait,
      onWaiting: say,
      signal: io.stop,
      clock: systemClock,
    });
  const redis = await connect();
  shutdown.add('redis', () => redis.disconnect());
  try {
    const fitness = await checkFitness(redis, { config, tries: wait && !isReader, isReader, io });
    const keys = ledgerKeys(config.namespace);
    const time = await createFleetClock(redis, systemClock, keys);
    const stores = openStores(redis, keys);
    await stores.project.checkSchema();
    const traces = await openTraces(config, createLogger(config.logLevel, io.log));
    shutdown.add('traces', () => traces.close());
    const queues = new Queues(redis, config.namespace, traces);
    shutdown.add('queues', () => queues.close());
    return {
      redis,
      queues,
      traces,
      time,
      clock: time.wall,
      fitness,
      connect,
      lockMs: config.lockMs,
      ...stores,
      onReconnect: (listener) => void redis.on('ready', listener),
      close: () => shutdown.run(),
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/**
 * The same, and waits for Redis as long as it takes; `undefined` when it was told to stop meanwhile.
 * @throws RedisError LedgerMismatchError
 */
export async function waitForLedger(
  config: Config,
  io: Io,
  isReader = false,
): Promise<OpenLedger | undefined> {
  try {
    return await openLedger(config, { wait: true, isReader }, io);
  } catch (error) {
    if (io.stop.aborted) return undefined;
    throw error;
  }
}

function isFit(facts: readonly RedisFacts[]): boolean {
  return facts.every((one) => whyUnfit(one, {}) === undefined);
}

interface Checking {
  readonly config: Config;
  readonly tries: boolean;
  readonly isReader: boolean;
  readonly io: Io;
}

/** @throws RedisError when it must not be used */
async function checkFitness(
  redis: RedisConnection,
  { config, tries, isReader, io }: Checking,
): Promise<RedisFitness> {
  const atStart = await readFacts(redis);
  if (!isReader || isFit(atStart)) {
    for (const warning of judgeStart(atStart)) io.err(`Warning: ${warning}`);
  }
  const { prefix } = ledgerKeys(config.namespace);
  const { lockMs } = config;
  const fitness = new RedisFitness(redis, { clock: systemClock, lockMs, prefix, atStart, tries });
  redis.on('ready', () => fitness.expire());
  return fitness;
}

/** Whoever waits for the same thing says so together: one line a minute for all of them. */
export function onceAMinute(print: (line: string) => void): (line: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (line) => {
    const now = systemClock.monotonic();
    if (now - saidAt < 60_000) return;
    saidAt = now;
    print(line);
  };
}
