import { getCACertificates } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import { parseRedisUrl, type RedisAccess, type RedisPlace } from '../config/redis-config.ts';
import { RedisError } from '../errors/errors.ts';
import type { RedisConnection } from './redis-connection.ts';

const LONGEST_RETRY_MS = 2000;
/** While a cluster elects a new primary its commands wait, as they do for a single server. */
const CLUSTER_RETRY_MS = 200;
const CLUSTER_RETRIES = 100_000;

/**
 * A connection for an address, not yet ready. Commands wait while Redis is away, for ever.
 * @throws RedisError for what is no address
 */
export function openConnection(
  url: string,
  access: RedisAccess,
  connectTimeoutMs: number,
): RedisConnection {
  const place = parseRedisUrl(url);
  if (!place) throw new RedisError('This is no address of Redis.', 'Check REDIS_URL.');
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
  const password = access.password ?? place.password;
  const { username } = place;
  return {
    // Not lazy: BullMQ duplicates it, and gives up a lazy duplicate whose first connection fails.
    maxRetriesPerRequest: null,
    connectTimeout,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    // The primary became a replica: the name may lead to the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    retryStrategy: backOff,
    ...(place.db === 0 ? {} : { db: place.db }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(place.tls ? { tls: tlsOf(access) } : {}),
  };
}

function backOff(times: number): number {
  return Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 6));
}

function tlsOf({ ca, client }: RedisAccess) {
  return {
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...client,
  };
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
    // A primary that hangs says nothing: the sentinels tell that there is another one.
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
    // Certificates are for names: they are not resolved before.
    ...(tls ? { dnsLookup: unresolved } : {}),
  });
}

function unresolved(address: string, callback: (error: null, address: string) => void): void {
  callback(null, address);
}
