const KEPT_SECONDS = 10;

/** How many requests this process has made in its busiest second of the last ten. */
export class RateMeter {
  readonly #counts = new Map<number, number>();

  count(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1);
    for (const old of this.#counts.keys()) {
      if (old > second - KEPT_SECONDS) break;
      this.#counts.delete(old);
    }
  }

  peak(nowMs: number): number {
    const oldest = Math.floor(nowMs / 1000) - KEPT_SECONDS;
    const recent = [...this.#counts].filter(([second]) => second > oldest);
    return Math.max(1, ...recent.map(([, count]) => count));
  }
}
