import type { Config } from '../config/config.ts';
import type { ListingLag } from '../ledger/project-store.ts';

const SAMPLES_WANTED = 5;

/**
 * What policy `auto` rests on: images that are being created were measured to show their marker in
 * time. At least 5 samples, and a window of at least three times the slowest.
 */
export function listIsTrusted(lag: ListingLag, windowMs: number): boolean {
  return lag.samples >= SAMPLES_WANTED && windowMs >= 3 * lag.largestMs;
}

/** The measurement in words, and what the policy makes of it. */
export function formatTrust(lag: ListingLag, unknown: Config['unknown']): string {
  const { policy, windowMs } = unknown;
  const measured =
    lag.samples === 0
      ? 'It was not measured yet how soon IMS lists an image that it is creating'
      : `IMS listed images that it was creating within ${formatMs(lag.largestMs)} (${lag.samples} measured)`;
  const verdict = listIsTrusted(lag, windowMs)
    ? 'an image that is not listed after that is not there, and policy auto creates it again'
    : `policy auto holds what is not found; it wants ${SAMPLES_WANTED} samples, none slower than a third of the window`;
  const made = policy === 'auto' ? verdict : OTHER_POLICIES[policy];
  return `${measured}; the window is ${formatMs(windowMs)}: ${made}.`;
}

const OTHER_POLICIES = {
  hold: 'policy hold creates nothing again by itself',
  resubmit: 'policy resubmit creates again what is not found by its end',
} as const;

function formatMs(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
