const PEAK_SECONDS = 10;
const KEPT_SECONDS = 30;
/** Fewer 429s than that among the requests are met by a pause alone. */
const TOLERATED_SHARE = 0.1;
const TOLERATED = 1;

/** By the second in which they left. */
interface Second {
  calls: number;
  throttled: number;
  passed: number;
}

/** What this process asked of the cloud in the last half minute, and how much of it was throttled. */
export class RequestMeter {
  readonly #seconds = new Map<number, Second>();

  count(nowMs: number): void {
    this.#at(nowMs).calls += 1;
  }

  /** The answer to a request that left at `sentMs`. */
  countAnswer(sentMs: number, is: 'throttled' | 'passed'): void {
    this.#at(sentMs)[is] += 1;
  }

  /**
   * Requests that the cloud let through in the best second of the last ten, which is what it allows.
   * Where it let nothing through: those that were made in the busiest. At least 1.
   */
  allowed(nowMs: number): number {
    const recent = this.#since(nowMs, PEAK_SECONDS);
    const passed = Math.max(0, ...recent.map((second) => second.passed));
    return Math.max(1, passed || Math.max(0, ...recent.map(({ calls }) => calls)));
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
    const fresh = { calls: 0, throttled: 0, passed: 0 };
    this.#seconds.set(second, fresh);
    return fresh;
  }
}
