import type { WorkerDeps } from './worker-deps.ts';

/** Queue jobs at most that stay with a worker between two polls that are near. */
const MOST = 180;

/** The queue jobs that stay with this worker until their next poll, and whether one more may. */
export class Hand {
  readonly #deps: Pick<WorkerDeps, 'clock' | 'stopping'>;
  readonly #fromMs: number;
  readonly room: number;
  #held = 0;

  constructor({ clock, stopping, config }: Pick<WorkerDeps, 'clock' | 'stopping' | 'config'>) {
    this.#deps = { clock, stopping };
    this.room = Math.min(MOST, config.maxInFlight);
    // Where workers die as fast as they start nothing must wait for their locks.
    this.#fromMs = clock.monotonic() + 2 * config.lockMs;
  }

  /** True while one more queue job may stay. */
  get isOpen(): boolean {
    const { clock, stopping } = this.#deps;
    return !stopping.aborted && this.#held < this.room && clock.monotonic() >= this.#fromMs;
  }

  /** Waits for the next poll of one that stays; false when the worker has to stop meanwhile. */
  async hold(delayMs: number): Promise<boolean> {
    const { clock, stopping } = this.#deps;
    this.#held += 1;
    await clock.sleep(delayMs, stopping);
    this.#held -= 1;
    return !stopping.aborted;
  }
}
