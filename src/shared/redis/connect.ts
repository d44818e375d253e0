import { type RedisAccess, safeRedisUrl } from '../config/redis-config.ts';
import { codeOf } from '../errors/error-code.ts';
import { RedisError } from '../errors/errors.ts';
import { atMostEvery, type Clock } from '../runtime/clock.ts';
import { isCluster, openConnection, type RedisConnection } from './redis-connection.ts';

export interface ConnectOptions {
  readonly connectTimeoutMs: number;
  /** Passwords and certificates beside the address. @default none */
  readonly access?: RedisAccess;
  /** Wait without a limit. */
  readonly wait: boolean;
  /** How long to wait otherwise. @default connectTimeoutMs */
  readonly patienceMs?: number;
  /** What to do when nothing answers. @default to check REDIS_URL */
  readonly advice?: string;
  /** Called after a second, then once a minute at most; where there is no limit also at the first error. */
  readonly onWaiting: (line: string) => void;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const REPORT_EVERY_MS = 60_000;
/** A person wonders what a command does that is silent for longer. */
const FIRST_REPORT_MS = 1000;

/**
 * A connection that reconnects by itself; commands wait while Redis is away.
 * @throws RedisError when it cannot be reached in time, or the login is refused
 */
export async function connectRedis(url: string, options: ConnectOptions): Promise<RedisConnection> {
  const where = safeRedisUrl(url);
  const redis = openConnection(url, options.access ?? {}, options.connectTimeoutMs);
  const isDue = atMostEvery(options.clock, REPORT_EVERY_MS);
  let last = url.startsWith('rediss') ? NO_TLS_ANSWER : 'no answer';
  const most = options.wait ? '' : `, for up to ${formatSeconds(patienceOf(options))}`;
  const report = (): void => {
    if (isDue()) options.onWaiting(`Waiting for Redis at ${where}${most}: ${last}`);
  };
  redis.on('error', (error: Error) => {
    last = phrase(error);
    if (options.wait) report();
  });
  const settled = new AbortController();
  void reportWhileSilent(options, settled.signal, report);
  try {
    await ready(redis, options);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisError) throw error;
    throw new RedisError(
      `Redis at ${where} cannot be reached: ${last}.`,
      options.advice ?? 'Check REDIS_URL, and that Redis is running there.',
    );
  } finally {
    settled.abort();
  }
}

function patienceOf({ patienceMs, connectTimeoutMs }: ConnectOptions): number {
  return patienceMs ?? connectTimeoutMs;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** A port that accepts and stays silent (a frozen Redis, another service) raises no error. */
async function reportWhileSilent(
  { clock, connectTimeoutMs }: ConnectOptions,
  settled: AbortSignal,
  report: () => void,
): Promise<void> {
  for (let pauseMs = FIRST_REPORT_MS; !settled.aborted; pauseMs = connectTimeoutMs) {
    await clock.sleep(pauseMs, settled);
    if (!settled.aborted) report();
  }
}

/** Resolves when Redis answers; rejects at the time limit, or at once when the login is refused. */
async function ready(redis: RedisConnection, options: ConnectOptions): Promise<void> {
  const limit = options.wait ? undefined : AbortSignal.timeout(patienceOf(options));
  const signals = [limit, options.signal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  const failed = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => failed.reject(new Error('time is over')), { once: true });
  redis.on('error', (error: Error) => {
    if (isRefused(error)) failed.reject(refusedLogin(error, options.access));
  });
  // Either of the two may see a wrong password first.
  const answered = redis.ping().catch((error: unknown) => {
    throw error instanceof Error && isRefused(error) ? refusedLogin(error, options.access) : error;
  });
  await Promise.race([answered.then(() => chooseDatabase(redis)), failed.promise]);
}

/** Without this the client would silently use database 0 where it cannot have its own. */
async function chooseDatabase(redis: RedisConnection): Promise<void> {
  const { db = 0 } = isCluster(redis) ? {} : redis.options;
  if (isCluster(redis) || db === 0) return;
  await redis.select(db).catch((error: Error) => {
    const advice = 'Check the number of the database in REDIS_URL.';
    throw new RedisError(`Redis refuses database ${db}: ${error.message}`, advice);
  });
}

function isRefused(error: Error): boolean {
  return /WRONGPASS|NOAUTH|NOPERM/.test(innermost(error).message);
}

/** Of a cluster, the error of a node. */
function innermost(error: Error): Error {
  const inner = 'lastNodeError' in error ? error.lastNodeError : undefined;
  return inner instanceof Error ? innermost(inner) : error;
}

function refusedLogin(error: Error, access: RedisAccess = {}): RedisError {
  const { message } = innermost(error);
  const why = /NOAUTH/.test(message)
    ? 'it requires a password'
    : (/(?:WRONGPASS|NOPERM).*/.exec(message)?.[0] ?? message);
  if (message.startsWith('All sentinels')) {
    const advice = 'Set IMS_FERRY_REDIS_SENTINEL_PASSWORD to the password of the sentinels.';
    return new RedisError(`The sentinels refuse the login: ${why}`, advice);
  }
  const advice =
    access.password === undefined
      ? 'Check the user and password in REDIS_URL.'
      : 'Check the user in REDIS_URL, and the password in the file of REDIS_PASSWORD_FILE.';
  return new RedisError(`Redis refuses the login: ${why}`, advice);
}

const PHRASES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use the socket',
  ECONNRESET:
    'it cuts the connection: it may want TLS (rediss://), or a certificate (IMS_FERRY_REDIS_CERT_FILE)',
  ENOTFOUND: 'the host name is not known',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (use redis://)',
};
/** A server that waits for plain commands does not answer a TLS handshake. */
const NO_TLS_ANSWER = 'no answer; it may not speak TLS (redis://)';
const UNKNOWN_CA = 'its TLS certificate is from an unknown CA (IMS_FERRY_REDIS_CA_FILE)';

/** ioredis adds its next step to the error. */
function plainly(message: string): string {
  if (message.startsWith('All sentinels are unreachable')) {
    const [, detail = ''] = message.split('Last error: ', 2);
    if (/Connection is closed|ECONNREFUSED/.test(detail) || detail === '')
      return 'no sentinel answers';
    return `no sentinel knows the primary: ${detail.trim().replace(/\.$/, '')}`;
  }
  if (/^(Unknown RESP type|Protocol error)/.test(message)) return 'what answers there is no Redis';
  return /^Connection is closed\.?$/.test(message) ? 'no server answers' : message;
}

function phrase(outer: Error): string {
  const error = innermost(outer);
  const code = codeOf(error) ?? '';
  const isUnknownCa = /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
  const known = PHRASES[code] ?? (isUnknownCa ? UNKNOWN_CA : undefined);
  return known ?? plainly(error.message).replace(/(rediss?(?:\+\w+)?):\/\/\S+/g, '$1://…');
}
