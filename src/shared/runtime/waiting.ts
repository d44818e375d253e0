import type { Clock } from './clock.ts';

/** What `atMost` answers when the time was over first. */
export const LATE = Symbol('late');

/** What the work brings, or `LATE` after `ms`; then it goes on by itself. */
export async function atMost<T>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  work: Promise<T>,
): Promise<T | typeof LATE> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then((): typeof LATE => LATE);
  return Promise.race([work, late]).finally(() => done.abort());
}

/** Resolves once the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
