import type { Random } from '../../src/shared/runtime/random.ts';

/** Decides which fault strikes a request: first the planned ones, then by chance. */
export class FaultDice<Fault extends string> {
  readonly #names: readonly Fault[];
  readonly #random: Random;
  readonly #planned: Fault[] = [];

  constructor(names: readonly Fault[], random: Random) {
    this.#names = names;
    this.#random = random;
  }

  /** Faults of the next requests, in this order. */
  plan(counts: Readonly<Partial<Record<Fault, number>>>): void {
    for (const name of Object.keys(counts) as Fault[]) {
      for (let count = counts[name] ?? 0; count > 0; count -= 1) this.#planned.push(name);
    }
  }

  draw(shares: Readonly<Record<Fault, number>>): Fault | undefined {
    const planned = this.#planned.shift();
    if (planned !== undefined) return planned;
    if (this.#names.every((name) => shares[name] === 0)) return undefined;
    let drawn = this.#random.next();
    return this.#names.find((name) => {
      drawn -= shares[name];
      return drawn < 0;
    });
  }
}
