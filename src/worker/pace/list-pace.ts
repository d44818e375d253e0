import type { Config } from '../../shared/config/config.ts';

/** A list for so many imports costs what a poll of each now and then would. */
const SHARED_BY = 8;
/** In POLL_MIN: the shortest and the longest pause between two lists. A place stands empty for half of it. */
const FASTEST = 0.5;
const SLOWEST = 2;
/** A gateway counts by the second. */
const HURRIED_APART_MS = 500;
/** In POLL_MAX: so seldom an import is polled that the list shows all the time. */
const SELDOM = 5;

/** So many of its like are over when it is looked whether the list has missed an import. */
export const MOST = 0.95;

type Poll = Config['poll'];

/** Milliseconds between two looks at the list of images being created. */
export function listPauseMs({ minMs }: Pick<Poll, 'minMs'>, inFlight: number): number {
  return minMs * Math.min(SLOWEST, Math.max(FASTEST, SHARED_BY / inFlight));
}

/** Milliseconds between the polls that one list hurries: each is two reads and, soon after, a create. */
export function hurriedApartMs({ minMs }: Pick<Poll, 'minMs'>, hurried: number): number {
  return Math.min(HURRIED_APART_MS, minMs / Math.max(1, hurried));
}

/** The longest time without a poll of an import that the list shows. */
export function listedLongestMs({ maxMs }: Pick<Poll, 'maxMs'>): number {
  return SELDOM * maxMs;
}

/** When to look whether the list has missed an import, `likelyMs` being when it is over most likely. */
export function listedDelayMs(poll: Pick<Poll, 'maxMs'>, likelyMs: number | undefined): number {
  return Math.max(poll.maxMs, Math.min(likelyMs ?? 0, listedLongestMs(poll)));
}
