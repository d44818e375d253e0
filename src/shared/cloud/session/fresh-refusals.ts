/** A token that lived shorter than this before it was refused was never any good. */
const YOUNG_MS = 60_000;
/** Refusals further apart are no series. */
const SERIES_MS = 10 * YOUNG_MS;
const ALLOWED = 1;

/**
 * Keeps a service that refuses tokens which were just issued from causing login after login: the
 * first may have been revoked in that moment; from the second in a row on, one login a minute.
 */
export class FreshRefusals {
  #inSeries = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #blockedUntil = Number.NEGATIVE_INFINITY;

  note(issuedAt: number, now: number): void {
    if (now - issuedAt >= YOUNG_MS) {
      this.#inSeries = 0;
      return;
    }
    this.#inSeries = now - this.#lastAt < SERIES_MS ? this.#inSeries + 1 : 1;
    this.#lastAt = now;
    if (this.#inSeries > ALLOWED) this.#blockedUntil = now + YOUNG_MS;
  }

  isBlocked(now: number): boolean {
    return now < this.#blockedUntil;
  }
}
