import type { Config } from '../../shared/config/config.ts';
import type { ListingLag } from '../../shared/ledger/project-store.ts';
import { listIsTrusted } from '../../shared/look-up/listing-trust.ts';

/** A complete look-up that found nothing, and what is known about the cloud's list. */
export interface VainLookUp {
  readonly startedAt: number;
  readonly sendBy: number;
  readonly policy: Config['unknown']['policy'];
  readonly windowMs: number;
  readonly lag: ListingLag;
  /** An image of it was seen once, or one is there that may be its own. */
  readonly hasEvidence: boolean;
  /** How often a policy has sent it again already. */
  readonly resent: number;
}

/** No policy sends one image again without end: after so many times a person has to look. */
export const MOST_RESENT = 10;

/**
 * What follows from finding nothing. Nothing is decided before a look-up that began after the end
 * of the window. `auto` resubmits only where images that are being created were measured to show
 * their marker in time: at least 5 samples, window at least three times the slowest.
 */
export function decideUnknown(found: VainLookUp): 'look-again' | 'resubmit' | 'hold' {
  if (found.startedAt < found.sendBy + found.windowMs) return 'look-again';
  // No policy creates beside what may be there.
  if (found.hasEvidence || found.resent >= MOST_RESENT) return 'hold';
  switch (found.policy) {
    case 'resubmit':
      return 'resubmit';
    case 'hold':
      return 'hold';
    case 'auto':
      return listIsTrusted(found.lag, found.windowMs) ? 'resubmit' : 'hold';
  }
}

/** Pause before look-up number `done + 1`: grows, and scales with the window. */
export function lookUpDelay(done: number, windowMs: number): number {
  const first = windowMs / 60;
  return Math.round(Math.max(50, Math.min(windowMs / 6, first * 2 ** Math.min(done, 10))));
}
