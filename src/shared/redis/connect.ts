import { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';

export interface ConnectOptions {
  readonly connectTimeoutMs: number;
  /** Wait for ever, saying so once a minute at most. */
  readonly wait: boolean;
  readonly onWaiting: (line: string) => void;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const SAY_EVERY_MS = 60_000;
const LONGEST_RETRY_MS = 2000;

/**
 * A connection that heals itself: commands wait while Redis is away.
 * @throws RedisError when it cannot be reached in time, or the login is refused
 */
export async function connectRedis(url: string, options: ConnectOptions): Promise<Redis> {
  const where = safeUrl(url);
  // Not lazy: BullMQ duplicates it, and gives up a lazy duplicate whose first connection fails.
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    connectTimeout: options.connectTimeoutMs,
    disconnectTimeout: 100,
    // The primary became a replica: the name may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (times) => Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 6)),
  });
  let saidAt = Number.NEGATIVE_INFINITY;
  let last = 'no answer';
  const say = (): void => {
    if (!options.wait || options.clock.monotonic() - saidAt < SAY_EVERY_MS) return;
    saidAt = options.clock.monotonic();
    options.onWaiting(`Waiting for Redis at ${where}: ${last}`);
  };
  redis.on('error', (error: Error) => {
    last = phrase(error);
    say();
  });
  const settled = new AbortController();
  void sayWhileSilent(options, settled.signal, say);
  try {
    await ready(redis, options);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisError) throw error;
    throw new RedisError(
      `Redis at ${where} cannot be reached: ${last}.`,
      'Check REDIS_URL and that Redis is running.',
    );
  } finally {
    settled.abort();
  }
}

/** A port that accepts and then says nothing (a frozen Redis, a wrong service) raises no error. */
async function sayWhileSilent(
  { clock, connectTimeoutMs }: ConnectOptions,
  settled: AbortSignal,
  say: () => void,
): Promise<void> {
  while (!settled.aborted) {
    await clock.sleep(connectTimeoutMs, settled);
    if (!settled.aborted) say();
  }
}

/** Resolves when Redis answers; rejects at the time limit, or at once when the login is refused. */
async function ready(redis: Redis, options: ConnectOptions): Promise<void> {
  const limit = options.wait ? undefined : AbortSignal.timeout(options.connectTimeoutMs);
  const signals = [limit, options.signal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  const failed = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => failed.reject(new Error('time is over')), { once: true });
  redis.on('error', (error: Error) => {
    if (isRefused(error)) failed.reject(refusedLogin(error));
  });
  // Which of the two hears of a wrong password first is a matter of luck.
  const answered = redis.ping().catch((error: unknown) => {
    throw error instanceof Error && isRefused(error) ? refusedLogin(error) : error;
  });
  await Promise.race([answered, failed.promise]);
}

function isRefused(error: Error): boolean {
  return /WRONGPASS|NOAUTH|NOPERM/.test(error.message);
}

function refusedLogin(error: Error): RedisError {
  const advice = 'Check the user and password in REDIS_URL.';
  return new RedisError(`Redis refuses the login: ${error.message}`, advice);
}

function phrase(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND') return 'the host name is not known';
  return error.message.replace(/redis(s?):\/\/\S+/g, 'redis$1://…');
}

/** The URL without user and password. */
export function safeUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
