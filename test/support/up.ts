import { openLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import type { FerryEnv } from './ferry.ts';

/** Names of images that a test of `up` drops. */
export const namesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `up-${index}`);

/** The Redis that `up` keeps in this folder. */
export const openLasting = (folder: string) =>
  openLastingRedis({
    folder,
    path: process.env['PATH'],
    clock: systemClock,
    random: systemRandom,
  });

/** `up` brings its own Redis. */
export function upEnv({ REDIS_URL: _, ...rest }: FerryEnv): FerryEnv {
  return rest;
}
