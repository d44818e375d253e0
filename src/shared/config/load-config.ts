import { ConfigError } from '../errors/errors.ts';
import { noteSecret } from '../errors/known-secrets.ts';
import { CLOUD_NAME } from '../image/image-fields.ts';
import { archiveOf } from './archive-config.ts';
import type { Config } from './config.ts';
import { type Env, EnvReader } from './env-reader.ts';
import { redisOf } from './redis-config.ts';
import { tracesOf } from './trace-config.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * The settings that every command shares, from the environment.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(env: Env): Config {
  const read = new EnvReader(env);
  const config = readConfig(read);
  refuseUnsafeTls(env, read);
  throwIssues(read);
  return config;
}

function readConfig(read: EnvReader): Config {
  const windowMs = read.whole('IMS_FERRY_UNKNOWN_WINDOW_MS', within(900_000, 100, 7 * DAY_MS));
  const tokenKey = tokenKeyOf(read);
  const stateDir = stateDirOf(read);
  return {
    ...redisOf(read),
    ...namespaceOf(read),
    connectTimeoutMs: read.whole('IMS_FERRY_CONNECT_TIMEOUT_MS', within(10_000, 100, HOUR_MS)),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    maxInFlight: read.whole('IMS_FERRY_MAX_IN_FLIGHT', within(30, 1, 100_000)),
    submitConcurrency: read.whole('IMS_FERRY_SUBMIT_CONCURRENCY', within(4, 1, 1000)),
    submitRate: read.whole('IMS_FERRY_SUBMIT_RATE', within(60, 0, 1_000_000)),
    poll: pollOf(read),
    lockMs: read.whole('IMS_FERRY_LOCK_MS', within(30_000, 500, HOUR_MS)),
    unknown: {
      policy: read.oneOf('IMS_FERRY_UNKNOWN_POLICY', ['auto', 'resubmit', 'hold'], 'auto'),
      windowMs,
    },
    postTimeoutMs: postTimeoutOf(read, windowMs),
    submitChecks: read.flag('IMS_FERRY_SUBMIT_CHECKS', '1'),
    allowHttp: read.flag('IMS_FERRY_ALLOW_HTTP'),
    archive: archiveOf(read, stateDir),
    ...tracesOf(read),
    ...(tokenKey === undefined ? {} : { tokenKey }),
    ...(stateDir === undefined ? {} : { stateDir }),
  };
}

function throwIssues(read: EnvReader): void {
  if (read.issues.length > 0) throw new ConfigError(read.issues);
}

function within(fallback: number, min: number, max: number) {
  return { default: fallback, min, max };
}

function namespaceOf(read: EnvReader): Pick<Config, 'namespace' | 'cloud'> {
  const namespace = plainName(read, 'IMS_FERRY_NAMESPACE') ?? 'default';
  const cloud = plainName(read, 'IMS_FERRY_CLOUD');
  // The cloud of the environment under its own name is no other one.
  const isOwn = cloud === undefined || cloud === read.text('OS_CLOUD');
  return isOwn ? { namespace } : forCloud({ namespace }, cloud);
}

function plainName(read: EnvReader, name: string): string | undefined {
  const value = read.text(name);
  if (value === undefined || CLOUD_NAME.test(value)) return value;
  const allowed = '1 to 64 letters, digits, dots, dashes and underscores';
  read.issues.push(`${name} is ${JSON.stringify(value)}; allowed are ${allowed}`);
  return value;
}

/** The settings for a cloud that a manifest names: what belongs to it is apart in Redis. */
export function forCloud<T extends { readonly namespace: string }>(
  config: T,
  cloud: string,
): T & { readonly cloud: string } {
  const [installation = ''] = config.namespace.split('@');
  return { ...config, namespace: `${installation}@${cloud}`, cloud };
}

function pollOf(read: EnvReader): Config['poll'] {
  const minMs = read.whole('IMS_FERRY_POLL_MIN_MS', within(5000, 10, DAY_MS));
  const maxMs = read.whole('IMS_FERRY_POLL_MAX_MS', within(120_000, 10, DAY_MS));
  const initialMs = read.whole('IMS_FERRY_POLL_INITIAL_MS', within(30_000, 10, DAY_MS));
  if (minMs > maxMs) {
    read.issues.push(`IMS_FERRY_POLL_MIN_MS (${minMs}) is above IMS_FERRY_POLL_MAX_MS (${maxMs})`);
  }
  return { minMs, maxMs, initialMs };
}

/** Never above a third of the window; only who set both is told, else it is lowered. */
function postTimeoutOf(read: EnvReader, windowMs: number): number {
  const highest = Math.floor(windowMs / 3);
  const isSet = read.text('IMS_FERRY_POST_TIMEOUT_MS') !== undefined;
  const value = read.whole('IMS_FERRY_POST_TIMEOUT_MS', within(120_000, 10, HOUR_MS));
  if (value <= highest) return value;
  if (isSet && read.text('IMS_FERRY_UNKNOWN_WINDOW_MS') !== undefined) {
    read.issues.push(
      `IMS_FERRY_POST_TIMEOUT_MS (${value}) is above a third of IMS_FERRY_UNKNOWN_WINDOW_MS (${windowMs}); allowed is up to ${highest}`,
    );
  }
  return highest;
}

/** As the XDG base directories have it: state that outlives a restart and is no configuration. */
function stateDirOf(read: EnvReader): string | undefined {
  const own = read.text('IMS_FERRY_STATE_DIR');
  if (own !== undefined) return own;
  const home = read.text('HOME');
  const base =
    read.text('XDG_STATE_HOME') ?? (home === undefined ? undefined : `${home}/.local/state`);
  return base === undefined ? undefined : `${base}/ims-ferry`;
}

function tokenKeyOf(read: EnvReader): Buffer | undefined {
  const value = read.text('IMS_FERRY_TOKEN_KEY');
  if (value === undefined) return undefined;
  noteSecret(value);
  const key = Buffer.from(value, 'base64');
  if (key.length === 32 && /^[A-Za-z0-9+/]+={0,2}$/.test(value)) return key;
  read.issues.push('IMS_FERRY_TOKEN_KEY is not 32 bytes in base64 (openssl rand -base64 32)');
  return undefined;
}

function refuseUnsafeTls(env: Env, read: EnvReader): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  read.issues.push(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 switches TLS verification off; unset it (NODE_EXTRA_CA_CERTS adds a CA)',
  );
}
