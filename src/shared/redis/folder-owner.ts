import type { Redis } from 'ioredis';
import { UsageError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** The process that may end the embedded Redis of a folder. */
export interface FolderOwner {
  release(): Promise<void>;
}

const KEY = 'ims-ferry:owner';
const TTL_MS = 6000;
const RENEW_MS = 1500;

/**
 * Makes this process the owner of an embedded Redis. One that was killed is followed at once; one that
 * cannot be seen (another user's, another container's) when nothing was heard of it for 6 s.
 * @throws UsageError when another process goes on owning it
 */
export async function ownFolder(
  redis: Redis,
  at: { readonly folder: string; readonly clock: Clock; readonly pid: number },
): Promise<FolderOwner> {
  const { folder, clock, pid } = at;
  const end = clock.monotonic() + TTL_MS + RENEW_MS;
  for (;;) {
    if ((await redis.set(KEY, String(pid), 'PX', TTL_MS, 'NX')) === 'OK') break;
    const owner = Number(await redis.get(KEY));
    const isGone = owner > 0 && !isAlive(owner);
    if (isGone) await redis.del(KEY);
    else if (clock.monotonic() > end) {
      throw new UsageError(
        `Another ims-ferry up (process ${owner}) works with ${folder}.`,
        'End it first, or name another folder with --data.',
      );
    } else await clock.sleep(500);
  }
  const stop = new AbortController();
  const renewing = renew(redis, clock, stop.signal);
  return {
    release: async () => {
      stop.abort();
      await renewing;
      await redis.del(KEY).catch(() => undefined);
    },
  };
}

async function renew(redis: Redis, clock: Clock, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await clock.sleep(RENEW_MS, stop);
    if (!stop.aborted) await redis.pexpire(KEY, TTL_MS).catch(() => undefined);
  }
}

/** Signal 0 only asks. A process of another user is alive, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
