import type { Learned } from '../../../src/worker/forecast.ts';

const REMEMBERED = 50;

/** What the ledger learns of durations (`learn-script.ts`), of one class and without Redis. */
export class Experience {
  #samples = 0;
  #mean = 0;
  #variance = 0;

  get learned(): Learned | undefined {
    if (this.#samples === 0) return undefined;
    return { samples: this.#samples, mean: this.#mean, variance: this.#variance };
  }

  learn(durationMs: number): void {
    const x = Math.log(Math.max(1, durationMs));
    this.#samples = Math.min(REMEMBERED, this.#samples + 1);
    const delta = x - this.#mean;
    this.#mean += delta / this.#samples;
    this.#variance += (delta * (x - this.#mean) - this.#variance) / this.#samples;
  }
}
