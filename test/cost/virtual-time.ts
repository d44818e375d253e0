import type { FleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import type { Clock } from '../../src/shared/runtime/clock.ts';

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly id: string;
  readonly act: () => Promise<void>;
}

/**
 * Time that stops while something is done and then jumps to the next planned step: weeks pass in
 * seconds, and what waits for Redis or HTTP waits in real time.
 */
export class VirtualTime {
  #now: number;
  #order = 0;
  #planned: Planned[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  get clock(): FleetClock {
    const wall: Clock = {
      now: () => this.#now,
      monotonic: () => this.#now,
      sleep: async () => {
        throw new Error('nothing may sleep in virtual time but what is planned');
      },
    };
    return {
      ...wall,
      wall,
      offsetMs: 0,
      measure: async () => undefined,
      freshen: async () => undefined,
      tick: async () => true,
    };
  }

  /** Plans an act; replaces one of the same id. */
  plan(id: string, at: number, act: () => Promise<void>): void {
    this.#planned = this.#planned.filter((one) => one.id !== id);
    this.#order += 1;
    this.#planned.push({ id, at: Math.max(at, this.#now), order: this.#order, act });
    this.#planned.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Brings an act forward that is planned already. */
  promote(id: string): void {
    const found = this.#planned.find((one) => one.id === id);
    if (found) this.plan(id, this.#now, found.act);
  }

  /** A clock for one loop: each of its sleeps is an act, which lasts until it sleeps again. */
  loopClock(id: string): FleetClock {
    let rested: (() => void) | undefined;
    return {
      ...this.clock,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          rested?.();
          if (signal?.aborted) return resolve();
          this.plan(id, this.#now + ms, async () => {
            const resting = new Promise<void>((rest) => {
              rested = rest;
            });
            resolve();
            await resting;
          });
        }),
    };
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const next = this.#planned.shift();
      if (!next) throw new Error('nothing is planned any more, and it is not over');
      this.#now = next.at;
      await next.act();
    }
  }
}
