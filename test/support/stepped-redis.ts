import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type HostClock, hostClock } from '../../scripts/soak/hosts.ts';
import { type OwnRedis, ownRedis } from './own-redis.ts';

/** A Redis whose wall clock a test may step; its monotonic clock stays right. */
export type SteppedRedis = OwnRedis & Pick<HostClock, 'beWrongBy'>;

/** Needs `faketime`. */
export async function steppedRedis(): Promise<SteppedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-clock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { env, beWrongBy } = hostClock(join(folder, 'offset'));
  // A step is seen at the next look at the clock.
  return { ...(await ownRedis({ env: { ...env, FAKETIME_NO_CACHE: '1' } })), beWrongBy };
}
