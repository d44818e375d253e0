import { setTimeout as delay } from 'node:timers/promises';
import { wholeMs } from './whole-ms.ts';

/** The only source of time. Adapters get one injected; pure files get plain numbers. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never jump: for measuring how long something took. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. It never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms <= 0 ? 0 : wholeMs(ms), undefined, signal ? { signal } : {}).catch(
      (error: unknown) => {
        if (!signal?.aborted) throw error;
      },
    );
  },
};
