import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Adapters get one injected; pure files get plain numbers. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never jump: for durations. */
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

/** The longest that a timer of Node takes; with more it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds as a timer or an expiry in Redis takes them: whole, and at least 1.
 * @throws RangeError for NaN: no replacement would be right
 */
export function wholeMs(ms: number): number {
  if (Number.isNaN(ms)) throw new RangeError('a time is not a number');
  return Math.min(LONGEST_MS, Math.max(1, Math.ceil(ms)));
}

/** The result of `atMost` when the time was over first. */
export const LATE = Symbol('late');

/** The result of the work, or `LATE` after `ms`; the work then continues by itself. */
export async function atMost<T>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  work: Promise<T>,
): Promise<T | typeof LATE> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then((): typeof LATE => LATE);
  return Promise.race([work, late]).finally(() => done.abort());
}

/** True at most once in `ms`: for warnings that would come again and again. */
export function atMostEvery(clock: Pick<Clock, 'monotonic'>, ms: number): () => boolean {
  let lastAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonic();
    if (now - lastAt < ms) return false;
    lastAt = now;
    return true;
  };
}

/** Resolves once the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
