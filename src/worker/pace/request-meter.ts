const PEAK_SECONDS = 10;
const KEPT_SECONDS = 30;
/** Fewer 429s than that among the requests are met by a pause alone. */
const TOLERATED_SHARE = 0.1;
const TOLERATED = 1;

interface Second {
  calls: number;
  throttled: number;
}

/** What this process asked of the cloud in the last half minute, and how much of it was throttled. */
export class RequestMeter {
  readonly #seconds = new Map<number, Second>();

  count(nowMs: number): void {
    this.#at(nowMs).calls += 1;
  }

  countThrottled(nowMs: number): void {
    this.#at(nowMs).throttled += 1;
  }

  /** Requests in the busiest second of the last ten; at least 1. */
  peak(nowMs: number): number {
    return Math.max(1, ...this.#since(nowMs, PEAK_SECONDS).map(({ calls }) => calls));
  }

  /** True when so much was throttled that it cannot be chance. */
  isTooFast(nowMs: number): boolean {
    const recent = this.#since(nowMs, KEPT_SECONDS);
    const throttled = recent.reduce((sum, second) => sum + second.throttled, 0);
    const calls = recent.reduce((sum, second) => sum + second.calls, 0);
    return throttled > TOLERATED && throttled >= TOLERATED_SHARE * calls;
  }

  #since(nowMs: number, seconds: number): readonly Second[] {
    const oldest = Math.floor(nowMs / 1000) - seconds;
    return [...this.#seconds].filter(([second]) => second > oldest).map(([, is]) => is);
  }

  #at(nowMs: number): Second {
    const second = Math.floor(nowMs / 1000);
    const known = this.#seconds.get(second);
    if (known) return known;
    for (const old of this.#seconds.keys()) {
      if (old > second - KEPT_SECONDS) break;
      this.#seconds.delete(old);
    }
    const fresh = { calls: 0, throttled: 0 };
    this.#seconds.set(second, fresh);
    return fresh;
  }
}
