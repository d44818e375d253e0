import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A token that lived shorter than this before it was refused was, most likely, never refused for its age. */
const YOUNG_MS = 60_000;
/** Early renewals are further apart. */
export const EARLY_MS = 10 * YOUNG_MS;

export function isYoung(issuedAt: number, now: number): boolean {
  return now - issuedAt < YOUNG_MS;
}

/**
 * Keeps a service that refuses tokens which were just issued, all of them or some, from causing login
 * after login. The first may have been revoked in that moment and is renewed at once; after that a
 * token is used on until it is a minute old. This is the rule of one process: where Redis is there,
 * all processes share one.
 */
export class FreshRefusals {
  #earlyAt = Number.NEGATIVE_INFINITY;

  /** True when the token that was refused may be renewed. */
  mayRenew(issuedAt: number, now: number): boolean {
    if (!isYoung(issuedAt, now)) return true;
    if (now - this.#earlyAt < EARLY_MS) return false;
    this.#earlyAt = now;
    return true;
  }
}

const SAY_MS = 60_000;
const KEPT_ON =
  'IMS refuses a token that IAM has just issued; it is used on, and renewed once a minute at most';
const REGION_ADVICE =
  'If no call goes through, check that the region of OS_AUTH_URL and of IMS_ENDPOINT is the same.';

/** Says that a token is used on, once a minute. */
export class KeptOn {
  readonly #deps: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Logger };
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(deps: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Logger }) {
    this.#deps = deps;
  }

  say(): void {
    const { clock, log } = this.#deps;
    const now = clock.monotonic();
    if (now - this.#saidAt < SAY_MS) return;
    this.#saidAt = now;
    log.warn({ advice: REGION_ADVICE }, KEPT_ON);
  }
}
