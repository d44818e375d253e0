/** Timers of Node take no more than this: they fire at once instead. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds as a timer or an expiry of Redis takes them: whole, and at least 1.
 * @throws RangeError for NaN: whatever that would become, it would be wrong
 */
export function wholeMs(ms: number): number {
  if (Number.isNaN(ms)) throw new RangeError('a time is not a number');
  return Math.min(LONGEST_MS, Math.max(1, Math.ceil(ms)));
}
