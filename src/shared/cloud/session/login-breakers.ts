import { CloudError } from '../../errors/errors.ts';
import { atMostEvery, type Clock } from '../../runtime/clock.ts';
import type { LoginOptions } from './session.ts';

/** A token that is refused at this age was most likely not refused for its age. */
const YOUNG_MS = 60_000;
/** Early renewals are further apart. */
export const EARLY_MS = 10 * YOUNG_MS;

export function isYoung(issuedAt: number, now: number): boolean {
  return now - issuedAt < YOUNG_MS;
}

/**
 * Keeps a service that refuses some or all new tokens from causing login after login. The first may
 * have been revoked in that moment and is renewed at once; after that a token stays in use until it is a
 * minute old. This is the rule of one process: if Redis is there, all processes share one.
 *
 * Returns whether the token that was refused may be renewed.
 */
export function newTokenBreaker(): (issuedAt: number, now: number) => boolean {
  let earlyAt = Number.NEGATIVE_INFINITY;
  return (issuedAt, now) => {
    if (!isYoung(issuedAt, now)) return true;
    if (now - earlyAt < EARLY_MS) return false;
    earlyAt = now;
    return true;
  };
}

const WARN_EVERY_MS = 60_000;
const STILL_USED =
  'IMS refuses a token that IAM has just issued; it stays in use, and is renewed at most once a minute';
const REGION_ADVICE =
  'If no call succeeds, check that OS_AUTH_URL and IMS_ENDPOINT are in the same region.';

/** Warns that a refused token stays in use, at most once a minute. */
export function tokenKeptWarning({ clock, log }: LoginOptions): () => void {
  const isDue = atMostEvery(clock, WARN_EVERY_MS);
  return () => {
    if (isDue()) log.warn({ advice: REGION_ADVICE }, STILL_USED);
  };
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Callers draw their own pauses from 80 to 120 %: none of them comes too early. */
const SHARE = 0.8;

/** Calls an IAM that fails less and less often; in between its last error counts. */
export class LoginPauses {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #failures = 0;
  #until = Number.NEGATIVE_INFINITY;
  #error: CloudError | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Why IAM is not called now; `undefined` if it may be called. */
  error(): CloudError | undefined {
    return this.#clock.monotonic() < this.#until ? this.#error : undefined;
  }

  async around<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.#failures = 0;
      return answer;
    } catch (error) {
      // A refusal has a pause of its own, and an error of Redis says nothing about IAM.
      if (!(error instanceof CloudError)) throw error;
      const doubled = FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10);
      this.#failures += 1;
      this.#until = this.#clock.monotonic() + SHARE * Math.min(LONGEST_PAUSE_MS, doubled);
      this.#error = error;
      throw error;
    }
  }
}
