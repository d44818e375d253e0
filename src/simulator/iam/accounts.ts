import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';

/** Tokens that were issued, and logins that failed. */
export class Accounts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokens = new Map<string, number>();
  /** Every token ever issued, for who looks for leaks. */
  readonly issued: string[] = [];
  #failed = 0;
  #lastFailure = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A long opaque text, as the wire has it. */
  issue(lifeMs: number): string {
    this.#failed = 0;
    const token = `MII${this.#random.id(1536)}`;
    this.issued.push(token);
    this.#tokens.set(token, this.#clock.now() + lifeMs);
    return token;
  }

  isValid(token: unknown): boolean {
    const until = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    return until !== undefined && this.#clock.now() < until;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  refuse(): void {
    this.#failed += 1;
    this.#lastFailure = this.#clock.now();
  }

  isLocked(lockAfter: number, lockMs: number): boolean {
    if (this.#failed > 0 && this.#clock.now() - this.#lastFailure >= lockMs) this.#failed = 0;
    return this.#failed >= lockAfter;
  }
}
