import { ConfigError } from '../errors/errors.ts';
import { noteSecret } from '../errors/known-secrets.ts';
import { CLOUD_NAME } from '../image/image-fields.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { type Env, EnvReader } from './env-reader.ts';
import { type NotifyConfig, notifyOf } from './notify-config.ts';
import { type RedisAccess, redisOf } from './redis-config.ts';
import { addressFault } from './values.ts';

/** Settings that all commands share. Times are in milliseconds. */
export interface Config {
  /** Checked; docs/redis.md lists its forms. */
  readonly redisUrl: string;
  readonly redis: RedisAccess;
  /** With a cloud it ends with `@` and its name. */
  readonly namespace: string;
  /** The entry of clouds.yaml to work for; absent: the cloud of the environment. */
  readonly cloud?: string;
  readonly connectTimeoutMs: number;
  readonly logLevel: string;
  readonly maxInFlight: number;
  readonly submitConcurrency: number;
  /** POSTs a minute over all workers; 0 = unlimited. */
  readonly submitRate: number;
  readonly poll: { readonly initialMs: number; readonly minMs: number; readonly maxMs: number };
  readonly lockMs: number;
  readonly unknown: { readonly policy: 'auto' | 'resubmit' | 'hold'; readonly windowMs: number };
  /** What follows where an image is not as it was requested: a warning, a failure, or nothing. */
  readonly verify: (typeof VERIFY_MODES)[number];
  readonly postTimeoutMs: number;
  /** `submit` checks the quota and the source objects before it registers anything. */
  readonly submitChecks: boolean;
  /** Where a worker keeps the highest generation of the ledger it has seen; absent: in memory only. */
  readonly stateDir?: string;
  readonly archive: ArchiveConfig;
  readonly notify: NotifyConfig;
  /** Allows plain http off loopback. */
  readonly allowHttp: boolean;
  /** Absent: no traces. */
  readonly traces?: TraceConfig;
  /** 32 bytes; absent: the key is derived from the password. */
  readonly tokenKey?: Buffer;
}

interface ArchiveConfig {
  /** `up` and `watch` archive batches that finished this long ago; absent: they archive none. */
  readonly afterMs?: number;
  /** Absent: there is no state folder either. */
  readonly folder?: string;
}

/** An OTLP collector. */
export interface TraceConfig {
  /** The full URL, ending in `/v1/traces`. */
  readonly url: string;
  readonly serviceName: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const VERIFY_MODES = ['warn', 'strict', 'off'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * Reads the shared settings from the environment.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(env: Env): Config {
  const read = new EnvReader(env);
  const config = readConfig(read);
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    read.issues.push(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 switches TLS verification off; unset it (NODE_EXTRA_CA_CERTS adds a CA)',
    );
  }
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return config;
}

/** The settings for a cloud that a manifest names: it has a namespace of its own in Redis. */
export function forCloud<T extends { readonly namespace: string }>(
  config: T,
  cloud: string,
): T & { readonly cloud: string } {
  const [installation = ''] = config.namespace.split('@');
  return { ...config, namespace: `${installation}@${cloud}`, cloud };
}

/** The settings for the cloud of the environment, which needs no name in Redis. */
export function withoutCloud(config: Config): Config {
  const { cloud: _, ...own } = config;
  const [namespace = ''] = config.namespace.split('@');
  return { ...own, namespace };
}

function readConfig(read: EnvReader): Config {
  const windowMs = read.integer('IMS_FERRY_UNKNOWN_WINDOW_MS', 100, 7 * DAY_MS);
  const stateDir = stateDirOf(read);
  const allowHttp = read.flag('IMS_FERRY_ALLOW_HTTP');
  return omitUndefined({
    ...redisOf(read),
    ...namespaceOf(read),
    connectTimeoutMs: read.integer('IMS_FERRY_CONNECT_TIMEOUT_MS', 100, HOUR_MS),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    maxInFlight: read.integer('IMS_FERRY_MAX_IN_FLIGHT', 1, 100_000),
    submitConcurrency: read.integer('IMS_FERRY_SUBMIT_CONCURRENCY', 1, 1000),
    submitRate: read.integer('IMS_FERRY_SUBMIT_RATE', 0, 1_000_000),
    poll: pollOf(read),
    lockMs: read.integer('IMS_FERRY_LOCK_MS', 500, HOUR_MS),
    unknown: {
      policy: read.oneOf('IMS_FERRY_UNKNOWN_POLICY', ['auto', 'resubmit', 'hold'], 'auto'),
      windowMs,
    },
    verify: read.oneOf('IMS_FERRY_VERIFY', VERIFY_MODES, 'warn'),
    postTimeoutMs: postTimeoutOf(read, windowMs),
    submitChecks: read.flag('IMS_FERRY_SUBMIT_CHECKS', '1'),
    allowHttp,
    notify: notifyOf(read, allowHttp),
    archive: archiveOf(read, stateDir),
    traces: tracesOf(read),
    tokenKey: tokenKeyOf(read),
    stateDir,
  });
}

function namespaceOf(read: EnvReader): Pick<Config, 'namespace' | 'cloud'> {
  const namespace = plainName(read, 'IMS_FERRY_NAMESPACE') ?? 'default';
  const cloud = plainName(read, 'IMS_FERRY_CLOUD');
  // IMS_FERRY_CLOUD may name the cloud of the environment itself: that one has no namespace of its own.
  const isOwn = cloud === undefined || cloud === read.text('OS_CLOUD');
  return isOwn ? { namespace } : forCloud({ namespace }, cloud);
}

function plainName(read: EnvReader, name: string): string | undefined {
  const value = read.text(name);
  if (value !== undefined && !CLOUD_NAME.test(value)) {
    const expected = '1 to 64 letters, digits, dots, dashes and underscores';
    read.issues.push(`${name} is ${JSON.stringify(value)}; expected ${expected}`);
  }
  return value;
}

function pollOf(read: EnvReader): Config['poll'] {
  const minMs = read.integer('IMS_FERRY_POLL_MIN_MS', 10, DAY_MS);
  const maxMs = read.integer('IMS_FERRY_POLL_MAX_MS', 10, DAY_MS);
  const initialMs = read.integer('IMS_FERRY_POLL_INITIAL_MS', 10, DAY_MS);
  if (minMs > maxMs) {
    read.issues.push(`IMS_FERRY_POLL_MIN_MS (${minMs}) is above IMS_FERRY_POLL_MAX_MS (${maxMs})`);
  }
  return { minMs, maxMs, initialMs };
}

/** Never above a third of the window. Only a user who set both gets an error; else it is lowered. */
function postTimeoutOf(read: EnvReader, windowMs: number): number {
  const highest = Math.floor(windowMs / 3);
  const isSet = read.text('IMS_FERRY_POST_TIMEOUT_MS') !== undefined;
  const value = read.integer('IMS_FERRY_POST_TIMEOUT_MS', 10, HOUR_MS);
  if (value <= highest) return value;
  if (isSet && read.text('IMS_FERRY_UNKNOWN_WINDOW_MS') !== undefined) {
    read.issues.push(
      `IMS_FERRY_POST_TIMEOUT_MS (${value}) is above a third of IMS_FERRY_UNKNOWN_WINDOW_MS (${windowMs}); expected at most ${highest}`,
    );
  }
  return highest;
}

/** By the XDG base directories: state that survives a restart and is not configuration. */
function stateDirOf(read: EnvReader): string | undefined {
  const own = read.text('IMS_FERRY_STATE_DIR');
  if (own !== undefined) return own;
  const home = read.text('HOME');
  const base =
    read.text('XDG_STATE_HOME') ?? (home === undefined ? undefined : `${home}/.local/state`);
  return base === undefined ? undefined : `${base}/ims-ferry`;
}

function archiveOf(read: EnvReader, stateDir: string | undefined): ArchiveConfig {
  const afterMs = read.duration('IMS_FERRY_ARCHIVE_AFTER', 3650);
  const inState = stateDir === undefined ? undefined : `${stateDir}/archive`;
  const folder = read.text('IMS_FERRY_ARCHIVE_DIR') ?? inState;
  if (afterMs !== undefined && folder === undefined) {
    read.issues.push('IMS_FERRY_ARCHIVE_AFTER needs IMS_FERRY_ARCHIVE_DIR: HOME is not set');
  }
  return omitUndefined({ afterMs, folder });
}

/** As OpenTelemetry defines it: the endpoint is the base of the path of each signal. */
function tracesOf(read: EnvReader): TraceConfig | undefined {
  const endpoint = read.text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const serviceName = read.text('OTEL_SERVICE_NAME') ?? 'ims-ferry';
  if (read.flag('OTEL_SDK_DISABLED') || endpoint === undefined) return undefined;
  const isUrl = addressFault(endpoint) === undefined && URL.canParse(endpoint);
  if (!isUrl || !/^https?:$/.test(new URL(endpoint).protocol)) {
    read.issues.push('OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL');
    return undefined;
  }
  return { url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`, serviceName };
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
