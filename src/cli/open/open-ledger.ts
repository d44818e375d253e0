import { join } from 'node:path';
import type { StatusDeps } from '../../producer/status-deps.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import { createFleetClock, type FleetClock } from '../../shared/ledger/fleet-clock.ts';
import { ledgerKeys } from '../../shared/ledger/ledger-keys.ts';
import { openStores, type Stores } from '../../shared/ledger/stores.ts';
import { createLogger } from '../../shared/log/logger.ts';
import { Queues } from '../../shared/queues/queues.ts';
import { judgeStart, whyUnfit } from '../../shared/redis/check-redis.ts';
import { type ConnectOptions, connectRedis } from '../../shared/redis/connect.ts';
import { findLastingRedis } from '../../shared/redis/lasting-redis.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import { readFacts } from '../../shared/redis/redis-facts.ts';
import { RedisFitness } from '../../shared/redis/redis-fitness.ts';
import { atMost, type Clock, systemClock } from '../../shared/runtime/clock.ts';
import { createShutdown } from '../../shared/runtime/shutdown.ts';
import { openTraces } from '../../shared/tracing/open-traces.ts';
import type { Traces } from '../../shared/tracing/traces.ts';
import type { Io } from '../io.ts';
import { checkCloudName } from './check-cloud-name.ts';

/** Redis and everything of ours that lives in it. */
export interface OpenLedger extends StatusDeps, Stores {
  readonly redis: RedisConnection;
  readonly queues: Queues;
  readonly traces: Traces;
  readonly fitness: RedisFitness;
  /** The wall clock, for times that people read. */
  readonly clock: Clock;
  /** The fleet's clock, for every decision that protects an import. */
  readonly time: FleetClock;
  readonly lockMs: number;
  /** Calls the listener whenever the connection is established again. */
  onReconnect(listener: () => void): void;
  /** Opens another connection to the same Redis. */
  connect(): Promise<RedisConnection>;
  close(): Promise<readonly string[]>;
}

/** Where warnings and log lines go, and what ends the waiting; what a person at a terminal has more. */
type LedgerIo = Pick<Io, 'err' | 'log' | 'stop'> & Partial<Pick<Io, 'env' | 'terminal'>>;

export interface Opening {
  /** Waits for Redis for as long as it takes. */
  readonly wait: boolean;
  /** For commands that only read: an unfit Redis is shown, with what is wrong, instead of refused. */
  readonly isReader?: boolean;
}

/**
 * Connects to Redis, checks that it is fit, and opens the ledger and the queues.
 * @throws RedisError when it cannot be reached in time (`wait`: never) or is unfit
 * @throws LedgerMismatchError when a newer version has written the ledger
 * @throws UsageError for a cloud that nobody knows
 */
export async function openLedger(
  config: Config,
  opening: Opening,
  io: LedgerIo,
): Promise<OpenLedger> {
  const shutdown = createShutdown();
  const onWaiting = onceAMinute((line) => io.err(line));
  const { connectTimeoutMs, redis: access, redisUrl, namespace, lockMs } = config;
  const at = { connectTimeoutMs, access, onWaiting, signal: io.stop, clock: systemClock };
  const waiting = { ...waitingFor(config, io), wait: opening.wait };
  const connect = () => connectRedis(redisUrl, { ...at, ...waiting });
  const redis = await connect();
  shutdown.add('redis', () => redis.disconnect());
  try {
    const fitness = await checkFitness(redis, config, { ...opening, io });
    const keys = ledgerKeys(namespace);
    const stores = openStores(redis, keys);
    await stores.project.checkSchema();
    const { cloud } = config;
    const { env } = io;
    const err = (line: string): void => io.err(line);
    if (cloud && env) await checkCloudName(cloud, stores.project, { ...opening, env, err });
    const time = await createFleetClock(redis, systemClock, keys);
    const traces = await openTraces(config, createLogger(config.logLevel, io.log));
    shutdown.add('traces', () => traces.close());
    const queues = new Queues(redis, namespace, traces);
    shutdown.add('queues', () => queues.close());
    return {
      ...{ redis, queues, traces, time, fitness, connect, lockMs },
      ...stores,
      clock: time.wall,
      onReconnect: (listener) => void redis.on('ready', listener),
      close: () => shutdown.run(),
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

const AT_A_TERMINAL_MS = 3000;

/**
 * How long to wait for Redis, and what to do then. A person at a terminal is answered sooner than a script,
 * unless the time is set.
 */
export function waitingFor(
  { connectTimeoutMs }: Config,
  { terminal = false, env }: Pick<LedgerIo, 'env' | 'terminal'>,
): Pick<ConnectOptions, 'patienceMs' | 'advice'> {
  const isSet = (name: string): boolean => (env?.[name] ?? '').trim() !== '';
  const isQuick = terminal && !isSet('IMS_FERRY_CONNECT_TIMEOUT_MS');
  return {
    patienceMs: isQuick ? Math.min(AT_A_TERMINAL_MS, connectTimeoutMs) : connectTimeoutMs,
    ...(env && !isSet('REDIS_URL') && { advice: NO_UP }),
  };
}

const NO_UP =
  'REDIS_URL is not set, and no `ims-ferry up` with a Redis of its own runs here: start one, or set REDIS_URL.';

/** @throws RedisError when it is unfit */
async function checkFitness(
  redis: RedisConnection,
  { lockMs, namespace }: Config,
  { wait, isReader = false, io }: Opening & { readonly io: LedgerIo },
): Promise<RedisFitness> {
  const atStart = await readFacts(redis);
  if (!isReader || atStart.every((facts) => whyUnfit(facts, {}) === undefined)) {
    for (const warning of judgeStart(atStart)) io.err(`Warning: ${warning}`);
  }
  const { prefix } = ledgerKeys(namespace);
  const tries = wait && !isReader;
  const fitness = new RedisFitness(redis, { clock: systemClock, lockMs, prefix, atStart, tries });
  redis.on('ready', () => fitness.expire());
  return fitness;
}

/**
 * Opens the ledger, waiting for Redis as long as it takes; `undefined` when stopped while waiting.
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

/** What a command runs with. */
export interface Env {
  readonly config: Config;
  readonly io: Io;
  /** It only reads. */
  readonly isReader?: boolean;
}

/** @throws ConfigError with every problem at once */
export function envOf(io: Io): Env {
  return { config: loadConfig(io.env), io };
}

const STOPPED_MS = 500;

/** Opens the ledger for the work, and always closes it. */
export async function withLedger<T>(
  { config, io, isReader = false }: Env,
  work: (open: OpenLedger) => Promise<T>,
): Promise<T> {
  const open = await openLedger(config, { wait: false, isReader }, io);
  try {
    return await work(open);
  } finally {
    // After a stop, an unreachable Redis must not delay the end.
    if (io.stop.aborted) await atMost(systemClock, STOPPED_MS, open.close());
    else await open.close();
  }
}

/** The address of the Redis of an `up` that runs on this machine with the default folder. */
export async function runningRedis(env: Io['env']): Promise<string | undefined> {
  const { stateDir } = loadConfig(env);
  return stateDir === undefined ? undefined : findLastingRedis(join(stateDir, 'redis'));
}

/** Prints at most one line a minute, however many callers wait. */
export function onceAMinute(print: (line: string) => void): (line: string) => void {
  let printedAt = Number.NEGATIVE_INFINITY;
  return (line) => {
    const now = systemClock.monotonic();
    if (now - printedAt < 60_000) return;
    printedAt = now;
    print(line);
  };
}
