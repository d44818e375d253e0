import type { StatusDeps } from '../producer/batch-status.ts';
import type { Config } from '../shared/config/config.ts';
import { BatchLedger } from '../shared/ledger/batch-ledger.ts';
import { BudgetLedger } from '../shared/ledger/budget-ledger.ts';
import { DurationLedger } from '../shared/ledger/duration-ledger.ts';
import { createFleetClock, type FleetClock } from '../shared/ledger/fleet-clock.ts';
import { KnownClouds } from '../shared/ledger/known-clouds.ts';
import { Ledger } from '../shared/ledger/ledger.ts';
import { LedgerGuard } from '../shared/ledger/ledger-guard.ts';
import { ledgerKeys } from '../shared/ledger/ledger-keys.ts';
import { ProjectLedger } from '../shared/ledger/project-ledger.ts';
import { Sightings } from '../shared/ledger/sightings.ts';
import { createLogger } from '../shared/log/logger.ts';
import { Queues } from '../shared/queues/queues.ts';
import { checkRedis } from '../shared/redis/check-redis.ts';
import { connectRedis } from '../shared/redis/connect.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { type Clock, systemClock } from '../shared/runtime/clock.ts';
import { createShutdown } from '../shared/runtime/shutdown.ts';
import { openTraces } from '../shared/tracing/open-traces.ts';
import type { Traces } from '../shared/tracing/traces.ts';
import type { Io } from './io.ts';

/** Redis and everything of ours that lives in it. */
export interface OpenLedger extends StatusDeps {
  readonly redis: RedisConnection;
  readonly queues: Queues;
  readonly traces: Traces;
  readonly guard: LedgerGuard;
  readonly budget: BudgetLedger;
  readonly durations: DurationLedger;
  readonly sightings: Sightings;
  /** The other clouds of this installation. */
  readonly clouds: KnownClouds;
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

/**
 * Connects to Redis, checks that it is fit, and opens the ledger and the queues.
 * @throws RedisError when it cannot be reached in time (`wait`: never) or must not be used
 * @throws LedgerMismatchError when a newer version has written the ledger
 */
export async function openLedger(config: Config, wait: boolean, io: Io): Promise<OpenLedger> {
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
    for (const warning of await checkRedis(redis)) io.err(`Warning: ${warning}`);
    const keys = ledgerKeys(config.namespace);
    const time = await createFleetClock(redis, systemClock, keys);
    const project = new ProjectLedger(redis, keys);
    await project.checkSchema();
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
      connect,
      lockMs: config.lockMs,
      guard: new LedgerGuard(redis, keys),
      budget: new BudgetLedger(redis, keys),
      durations: new DurationLedger(redis, keys, systemClock),
      sightings: new Sightings(redis, keys),
      clouds: new KnownClouds(redis, keys),
      onReconnect: (listener) => void redis.on('ready', listener),
      ledger: new Ledger(redis, keys),
      batches: new BatchLedger(redis, keys),
      project,
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
export async function waitForLedger(config: Config, io: Io): Promise<OpenLedger | undefined> {
  try {
    return await openLedger(config, true, io);
  } catch (error) {
    if (io.stop.aborted) return undefined;
    throw error;
  }
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
