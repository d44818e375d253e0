import type { PostResult } from '../../shared/notify/post.ts';
import type { Random } from '../../shared/runtime/random.ts';

export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'failed'; readonly reason: string; readonly pauseMs: number }
  | { readonly outcome: 'dropped'; readonly reason: string };

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 4 * 3_600_000;
/** With these pauses: about three days. */
export const MOST_TRIES = 29;

/** What follows from an attempt, after `tries` others that failed. */
export function verdictOf(
  result: PostResult,
  tries: number,
  random: Pick<Random, 'next'>,
): Verdict {
  if (result.kind === 'delivered') return { outcome: 'delivered' };
  const { reason, isFinal, retryAfterMs = 0 } = result;
  if (isFinal || tries + 1 >= MOST_TRIES) return { outcome: 'dropped', reason };
  const doubled = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
  const pauseMs = Math.max(retryAfterMs, doubled * (0.9 + 0.2 * random.next()));
  return { outcome: 'failed', reason, pauseMs: Math.round(pauseMs) };
}
