import { getCACertificates } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import { parseRedisUrl, type RedisAccess, type RedisPlace } from '../config/redis-config.ts';
import { RedisError } from '../errors/errors.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';

/** One server, the primary that sentinels name, or a cluster: everything works with each of them. */
export type RedisConnection = Redis | Cluster;

export function isCluster(connection: RedisConnection): connection is Cluster {
  return connection instanceof Cluster;
}

/** The servers that may be written to: of a cluster there are several. */
export function primariesOf(connection: RedisConnection): readonly Redis[] {
  return isCluster(connection) ? connection.nodes('master') : [connection];
}

const LONGEST_RETRY_MS = 2000;
/** While a cluster elects a new primary its commands wait, as they do for a single server. */
const CLUSTER_RETRY_MS = 200;
const CLUSTER_RETRIES = 100_000;

/**
 * A connection that is not ready yet. While Redis is away, commands wait without a limit.
 * @throws RedisError when the address is not valid
 */
export function openConnection(
  url: string,
  access: RedisAccess,
  connectTimeoutMs: number,
): RedisConnection {
  const place = parseRedisUrl(url);
  if (!place) throw new RedisError('This is not an address of Redis.', 'Check REDIS_URL.');
  const options = optionsOf(place, access, connectTimeoutMs);
  switch (place.kind) {
    case 'single':
      return new Redis({ ...options, host: place.host, port: place.port });
    case 'socket':
      return new Redis({ ...options, path: place.path });
    case 'sentinel':
      return new Redis({ ...options, ...sentinelOptions(place, access, options) });
    case 'cluster':
      return openCluster(place, options);
  }
}

type Options = ReturnType<typeof optionsOf>;

function optionsOf(place: RedisPlace, access: RedisAccess, connectTimeout: number) {
  return omitUndefined({
    // Not lazy: BullMQ duplicates it, and gives up a lazy duplicate whose first connection fails.
    maxRetriesPerRequest: null,
    connectTimeout,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    // The primary became a replica: the name may lead to the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    retryStrategy: backOff,
    db: place.db === 0 ? undefined : place.db,
    username: place.username,
    password: access.password ?? place.password,
    tls: place.tls ? tlsOf(access) : undefined,
  });
}

function backOff(times: number): number {
  return Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 6));
}

function tlsOf({ ca, client }: RedisAccess) {
  const authorities = ca === undefined ? undefined : [...getCACertificates('default'), ca];
  return omitUndefined({ ca: authorities, ...client });
}

function sentinelOptions(
  { sentinels, name, tls }: Extract<RedisPlace, { readonly kind: 'sentinel' }>,
  { sentinelPassword }: RedisAccess,
  options: Options,
) {
  return {
    sentinels: [...sentinels],
    name,
    sentinelRetryStrategy: backOff,
    // A primary that hangs is silent: only the sentinels know that there is a new one.
    failoverDetector: true,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: options.tls ?? {} } : {}),
  };
}

function openCluster(
  { nodes, tls }: Extract<RedisPlace, { readonly kind: 'cluster' }>,
  options: Options,
): Cluster {
  const { retryStrategy: _, reconnectOnError: __, ...redisOptions } = options;
  return new Cluster([...nodes], {
    redisOptions,
    clusterRetryStrategy: backOff,
    maxRedirections: CLUSTER_RETRIES,
    retryDelayOnFailover: CLUSTER_RETRY_MS,
    retryDelayOnClusterDown: CLUSTER_RETRY_MS,
    retryDelayOnTryAgain: CLUSTER_RETRY_MS,
    slotsRefreshTimeout: 5000,
    // Certificates are issued for names: names are not resolved beforehand.
    ...(tls ? { dnsLookup: unresolved } : {}),
  });
}

function unresolved(address: string, callback: (error: null, address: string) => void): void {
  callback(null, address);
}
