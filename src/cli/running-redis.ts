import { join } from 'node:path';
import { loadConfig } from '../shared/config/config.ts';
import { findLastingRedis } from '../shared/redis/lasting-redis.ts';
import type { Io } from './io.ts';

/** The address of the Redis of an `up` that runs on this machine with the default folder; `undefined` if none does. */
export async function runningRedis(env: Io['env']): Promise<string | undefined> {
  const { stateDir } = loadConfig(env);
  return stateDir === undefined ? undefined : findLastingRedis(join(stateDir, 'redis'));
}
