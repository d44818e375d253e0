import { Cluster, type Redis } from 'ioredis';

/** One server, the primary that sentinels name, or a cluster: all of ours works with each of them. */
export type RedisConnection = Redis | Cluster;

export function isCluster(connection: RedisConnection): connection is Cluster {
  return connection instanceof Cluster;
}

/** The servers that may be written to: of a cluster there are several. */
export function primariesOf(connection: RedisConnection): readonly Redis[] {
  return isCluster(connection) ? connection.nodes('master') : [connection];
}
