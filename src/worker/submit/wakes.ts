import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import type { Clock } from '../../shared/runtime/clock.ts';

/** Hears when a place was freed, a stop was lifted or a scan has ended. */
export interface Wakes {
  /** How many wakes came so far. */
  readonly count: number;
  /** Resolves at the next wake after `seen`, or after `fallbackMs`, or when the worker stops. */
  after(seen: number, fallbackMs: number): Promise<void>;
}

/** Listens on the ledger's wake channel over a connection of its own. */
export async function listenForWakes(
  subscriber: RedisConnection,
  channel: string,
  time: { readonly clock: Clock; readonly stopping: AbortSignal },
): Promise<Wakes> {
  let count = 0;
  let waiting = new AbortController();
  const wake = (): void => {
    count += 1;
    waiting.abort();
    waiting = new AbortController();
  };
  subscriber.on('message', wake);
  time.stopping.addEventListener('abort', wake, { once: true });
  await subscriber.subscribe(channel);
  return {
    get count() {
      return count;
    },
    after: async (seen, fallbackMs) => {
      if (count !== seen || time.stopping.aborted) return;
      await time.clock.sleep(fallbackMs, waiting.signal);
    },
  };
}
