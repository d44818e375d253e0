import type { Config } from '../../shared/config/config.ts';
import { type Forecast, idleAfterMs, remainingMs } from './forecast.ts';

/** What is known about an import that runs. */
export interface Running {
  readonly elapsedMs: number;
  /** Absent: nothing tells how long it takes. */
  readonly forecast?: Forecast;
  /** How long its progress has stood still; 0 where it moves or is not told. */
  readonly stuckMs: number;
  /** 0 to 1, for jitter. */
  readonly chance: number;
}

/** One poll in so much time is what a certain forecast costs. */
const POLL_WORTH_MS = 48_000;
/** Progress is told in steps: so long a stand, in shares of what has passed, is none. */
const STEP_SHARE = 0.03;
/** The first look is not before that share of its like is over. */
const FIRST = 0.05;
/** Nor before an import has been over for so long, on average; in POLL_MIN. */
const FIRST_IDLE = 0.5;
/** Of an import: a place that stands empty for longer costs more than a call, however little is known. */
const WIDEST_SHARE = 1 / 16;
/** The bounds of that, in POLL_MIN, where its like are known. */
const WIDEST = { least: 1.5, most: 4 };
/** And where nothing is: many such imports run at once, the first of their kind. */
const LEAST_UNTOLD = 3;
/** In medians: what takes longer than that is no import like the others. */
const BEYOND = 2;
/** Nor any other before so many of those that still run are. */
const NEXT = 0.02;

/**
 * When to look next. With a forecast: not before the first of its like are over, then in steps as
 * fine as the forecast is sharp; without one after a 16th of the time that it has taken so far.
 * Always within POLL_MIN and POLL_MAX, jittered by a tenth at most.
 */
export function pollDelay(poll: Config['poll'], running: Running): number {
  const { elapsedMs, forecast, stuckMs, chance } = running;
  const wanted =
    forecast === undefined
      ? Math.max(LEAST_UNTOLD * poll.minMs, WIDEST_SHARE * elapsedMs)
      : stepMs(forecast, elapsedMs, widestMs(forecast, poll.minMs));
  const patient = Math.max(wanted, (stuckMs - STEP_SHARE * elapsedMs) / 2);
  const jittered = patient * (0.95 + 0.1 * chance);
  return Math.round(Math.min(poll.maxMs, Math.max(poll.minMs, jittered)));
}

function widestMs({ medianMs }: Forecast, minMs: number): number {
  return Math.min(WIDEST.most * minMs, Math.max(WIDEST.least * minMs, WIDEST_SHARE * medianMs));
}

function stepMs(forecast: Forecast, elapsedMs: number, widestMs: number): number {
  const spread = remainingMs(forecast, elapsedMs, 0.9) - remainingMs(forecast, elapsedMs, 0.1);
  const fine = (POLL_WORTH_MS * spread) / forecast.medianMs;
  const isUsual = elapsedMs < BEYOND * forecast.medianMs;
  return Math.max(
    remainingMs(forecast, elapsedMs, NEXT),
    isUsual ? Math.min(fine, widestMs) : fine,
  );
}

/** The first look: when the first of its like are over, else POLL_INITIAL; ten times that at most. */
export function firstPollDelay(
  poll: Config['poll'],
  forecast: Forecast | undefined,
  chance: number,
): number {
  const wanted =
    forecast === undefined
      ? poll.initialMs
      : Math.min(firstLookMs(forecast, poll.minMs), 10 * poll.initialMs);
  return Math.round(Math.max(poll.minMs, wanted) * (0.95 + 0.1 * chance));
}

function firstLookMs(forecast: Forecast, minMs: number): number {
  return Math.max(remainingMs(forecast, 0, FIRST), idleAfterMs(forecast, FIRST_IDLE * minMs));
}

/** An image that has left the list of those being created is about to be done. */
export function delayAfterLeaving(poll: Config['poll'], leftMsAgo: number): number {
  return Math.min(poll.maxMs, Math.max(poll.minMs, leftMsAgo / 2));
}
