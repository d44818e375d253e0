import type { Config } from '../shared/config/config.ts';
import { type Forecast, remainingMs } from '../shared/outlook/forecast.ts';

const SLICE_SHARE = 0.02;

/**
 * Milliseconds from acceptance until imports have, on average, been over for `idleMs`: an earlier poll rarely
 * pays.
 */
export function idleAfterMs(forecast: Forecast, idleMs: number): number {
  let [before, waited] = [0, 0];
  for (let share = SLICE_SHARE; share < 1; share += SLICE_SHARE) {
    const at = remainingMs(forecast, 0, share);
    waited += (at - before) * (share - SLICE_SHARE / 2);
    if (waited >= idleMs) return at;
    before = at;
  }
  return before;
}

/** What is known about a running import. */
export interface Running {
  readonly elapsedMs: number;
  /** Absent: its duration is unknown. */
  readonly forecast?: Forecast;
  /** How long its progress has stood still; 0 where it moves or is not reported. */
  readonly stuckMs: number;
  /** 0 to 1, for jitter. */
  readonly chance: number;
}

/** A certain forecast costs one poll in this time. */
const POLL_WORTH_MS = 48_000;
/** Where the end is known so well that this many polls find it, they may be as close as POLL_MIN. */
const SHARP_POLLS = 5;
/** Progress is reported in steps: a pause of this share of the elapsed time does not count. */
const STEP_SHARE = 0.03;
/** The first poll waits until this share of similar imports is over, */
const FIRST_POLL_SHARE = 0.05;
/** and until an import has been over for this long on average; in POLL_MIN. */
const FIRST_IDLE_POLL_MIN = 0.5;
/** A later poll waits until this share of those still running is over. */
const NEXT_POLL_SHARE = 0.02;
/** Widest step, as a share of the import: a place that stays empty for longer costs more than a call. */
const WIDEST_STEP_SHARE = 1 / 16;
/** The bounds of that where similar imports are known, in POLL_MIN. */
const WIDEST_STEP_POLL_MIN = { least: 1.5, most: 4 };
/** And where none are: many imports of a new kind run at once. */
const LEAST_STEP_UNKNOWN_POLL_MIN = 3;
/** An import that takes longer than this many medians is unlike the others. */
const UNUSUAL_MEDIANS = 2;

/**
 * When to poll next. With a forecast: not before the first similar imports are over, then in steps as fine as
 * the forecast is sharp. Without one: after a 16th of the time the import has taken so far. Always within
 * POLL_MIN and POLL_MAX, jittered by a tenth at most.
 */
export function pollDelay(poll: Config['poll'], running: Running): number {
  const { elapsedMs, forecast, stuckMs, chance } = running;
  const wanted =
    forecast === undefined
      ? Math.max(LEAST_STEP_UNKNOWN_POLL_MIN * poll.minMs, WIDEST_STEP_SHARE * elapsedMs)
      : stepMs(forecast, elapsedMs, widestMs(forecast, poll.minMs));
  const patient = Math.max(wanted, (stuckMs - STEP_SHARE * elapsedMs) / 2);
  const jittered = patient * (0.95 + 0.1 * chance);
  return Math.round(Math.min(poll.maxMs, Math.max(poll.minMs, jittered)));
}

function widestMs({ medianMs }: Forecast, minMs: number): number {
  const { least, most } = WIDEST_STEP_POLL_MIN;
  return Math.min(most * minMs, Math.max(least * minMs, WIDEST_STEP_SHARE * medianMs));
}

function stepMs(forecast: Forecast, elapsedMs: number, widestMs: number): number {
  const spread = remainingMs(forecast, elapsedMs, 0.9) - remainingMs(forecast, elapsedMs, 0.1);
  const fine = Math.min((POLL_WORTH_MS * spread) / forecast.medianMs, spread / SHARP_POLLS);
  const isUsual = elapsedMs < UNUSUAL_MEDIANS * forecast.medianMs;
  return Math.max(
    remainingMs(forecast, elapsedMs, NEXT_POLL_SHARE),
    isUsual ? Math.min(fine, widestMs) : fine,
  );
}

/** The first poll: when the first similar imports are over, else POLL_INITIAL; ten times that at most. */
export function firstPollDelay(
  poll: Config['poll'],
  forecast: Forecast | undefined,
  chance: number,
): number {
  const { minMs, initialMs } = poll;
  let wanted = initialMs;
  if (forecast !== undefined) {
    const idleMs = idleAfterMs(forecast, FIRST_IDLE_POLL_MIN * minMs);
    const firstMs = Math.max(remainingMs(forecast, 0, FIRST_POLL_SHARE), idleMs);
    wanted = Math.min(firstMs, 10 * initialMs);
  }
  return Math.round(Math.max(minMs, wanted) * (0.95 + 0.1 * chance));
}

/** An image that has left the list of images in creation is about to be done. */
export function delayAfterLeaving(poll: Config['poll'], leftMsAgo: number): number {
  return Math.min(poll.maxMs, Math.max(poll.minMs, leftMsAgo / 2));
}
